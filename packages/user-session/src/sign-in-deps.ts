import type { KeyRing, UserSessionRef } from '@agent-identity/contracts'
import type { Clock, Logger, RedisClient } from '@agent-identity/service-runtime'
import type { RequestHandler, Response } from 'express'
import type { SignInAuditEvent } from './audit.ts'
import type { OidcClient } from './oidc-client.ts'
import type { UserSessions } from './user-sessions.ts'
import type { UserTokenStore } from './user-tokens.ts'

export interface SignInDeps {
  sessions: UserSessions
  tokens: UserTokenStore
  oidc: OidcClient
  redis: RedisClient
  /** Seals what a sign-in remembers between leaving and coming back. */
  userTokensKeys: KeyRing
  publicUrl: string
  /**
   * In front of leaving for the issuer, which writes a record, and of coming back, which asks the issuer: there is no user
   * session to count by yet.
   */
  limit?: RequestHandler
  /** Lets the issuer end user sessions, behind this limit; without it there is no such route. */
  limitBackChannelLogout?: RequestHandler
  clock: Clock
  log: Logger
  /** Answers with one page for every refusal: whoever tampers learns nothing. 503: the issuer cannot be reached. */
  renderSignInFailed(response: Response, status: 400 | 503): void
  /** Called after a user session was ended here: by its user, by a new sign-in in its browser, or by the issuer. */
  onSignOut?(ref: UserSessionRef): Promise<void>
  audit?(event: SignInAuditEvent): void
}
