import type { AuthorizationId, IdentityArtifact, ProviderId, UserRef } from '@agent-identity/contracts'

export interface NewAuthorization {
  id: AuthorizationId
  /** `customState`, which AgentCore returns as `state`. */
  state: string
  owner: UserRef
  provider: ProviderId
  displayName: string
  scopes: readonly string[]
  authorizationUrl: string
  sessionUri: string
  /** The artifact with which this request’s workload access token was minted. */
  artifact: IdentityArtifact
  /** The id of the request that asks for it. */
  correlationId: string
  /** Of the connection, as it is now. */
  generation?: number
  /** When its user disconnected it, if they did; Unix time in milliseconds. */
  disconnectedAt?: number | undefined
}
