import type { AuthorizationId, IdentityArtifact } from '@agent-identity/contracts'
import { sha256 } from '@agent-identity/service-runtime'
import type { AskedFor } from './asked-for.ts'

export interface NewAuthorization extends AskedFor {
  id: AuthorizationId
  state: string
  displayName: string
  authorizationUrl: string
  sessionUri: string
  /** The workload access token of this request was minted with it. */
  artifact: IdentityArtifact
  correlationId: string
  /** Unix time in milliseconds, of a connection that has ended. */
  disconnectedAt?: number | undefined
}

/** Hashes stand for the state and the session URI. */
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
