import type { KeyRing, UserRef, UserSessionRef } from '@agent-identity/contracts'
import type { Clock, Logger, RedisClient } from '@agent-identity/service-runtime'
import type { RequestHandler, Response } from 'express'
import type { SignInAuditEvent } from './audit.ts'
import type { OidcClient } from './oidc-client.ts'
import type { Revocations } from './revocations.ts'
import type { UserSessions } from './user-sessions.ts'
import type { UserTokenStore } from './user-tokens.ts'

export interface SignInDeps {
  sessions: UserSessions
  tokens: UserTokenStore
  oidc: OidcClient
  revocations: Revocations
  redis: RedisClient
  /** Seals the cookie of a sign-in. */
  userTokensKeys: KeyRing
  publicUrl: string
  /** Limits the start and the return of a sign-in. */
  limit?: RequestHandler
  /** Without it the route does not exist. */
  limitBackChannelLogout?: RequestHandler
  clock: Clock
  log: Logger
  /** One page for every refusal: an attacker must not learn the reason. 503: the issuer is unavailable. */
  renderSignInFailed(response: Response, status: 400 | 503): void
  /** Called after a user session was ended; not when it expires, or when its sign-in fails. */
  /** @param user absent where the ended user session could not be read */
  onSignOut?(ref: UserSessionRef, user?: UserRef): Promise<void>
  /** Not waited for. */
  onSignedIn?(user: UserRef): Promise<void>
  /** `since`: Unix time in milliseconds. Also true during an erasure. */
  isErased?(user: UserRef, since: number): Promise<boolean>
  audit(event: SignInAuditEvent): void
}
