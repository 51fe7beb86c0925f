import type { AuthorizationId, IdentityArtifact } from '@agent-identity/contracts'
import type { AskedFor } from './asked-for.ts'

export interface NewAuthorization extends AskedFor {
  id: AuthorizationId
  /** `customState`, which AgentCore returns as `state`. */
  state: string
  displayName: string
  authorizationUrl: string
  sessionUri: string
  /** The artifact with which this request’s workload access token was minted. */
  artifact: IdentityArtifact
  /** The id of the request that asks for it. */
  correlationId: string
  /** When its user disconnected it, if they did; Unix time in milliseconds. */
  disconnectedAt?: number | undefined
}
