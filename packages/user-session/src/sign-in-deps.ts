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
  /** Seals the record of a sign-in between its start and its return. */
  userTokensKeys: KeyRing
  publicUrl: string
  /**
   * The limit of the start, which writes a record, and of the return, which calls the issuer: there is no user session yet by which
   * to count.
   */
  limit?: RequestHandler
  /** Lets the issuer end user sessions, with this limit; without it the route does not exist. */
  limitBackChannelLogout?: RequestHandler
  clock: Clock
  log: Logger
  /** Sends the same page for every refusal, so that an attacker does not learn the reason. 503: the issuer cannot be reached. */
  renderSignInFailed(response: Response, status: 400 | 503): void
  /** Called after a user session was ended: by its user, by a new sign-in in its browser, by the issuer, or by an erasure. */
  onSignOut?(ref: UserSessionRef): Promise<void>
  /** Whether the user has been erased since that moment (Unix time, ms), or is being erased now: then they are not signed in. */
  isErased?(user: UserRef, since: number): Promise<boolean>
  audit(event: SignInAuditEvent): void
}
