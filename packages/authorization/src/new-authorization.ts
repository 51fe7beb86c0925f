import type { AuthorizationId, IdentityArtifact } from '@agent-identity/contracts'
import { sha256 } from '@agent-identity/service-runtime'
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
  /** When the user disconnected this connection, if they did; Unix time in milliseconds. */
  disconnectedAt?: number | undefined
}

/** The facts that the record keeps of it: hashes in place of the state and the session URI. A member without a value is left out. */
export const factsOf = (authorization: NewAuthorization, times: { createdAt: number; expiresAt: number }) => ({
  owner: authorization.user,
  provider: authorization.provider,
  displayName: authorization.displayName,
  scopes: authorization.scopes.join(' '),
  ...times,
  stateHash: sha256(authorization.state),
  sessionUriHash: sha256(authorization.sessionUri),
  correlationId: authorization.correlationId,
  ...(authorization.named && { named: authorization.named }),
  ...(authorization.hint && { hint: authorization.hint }),
  ...(authorization.chooser && { chooser: authorization.chooser }),
  parameters: { ...authorization.parameters },
  ...(authorization.generation && { generation: authorization.generation }),
  ...(authorization.disconnectedAt && { disconnectedAt: authorization.disconnectedAt }),
})
