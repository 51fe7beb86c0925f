import { type KeyRing, ROUTES, type UserSessionRef } from '@agent-identity/contracts'
import {
  type Clock,
  type Logger,
  methodNotAllowed,
  type RedisClient,
  requireSameOrigin,
} from '@agent-identity/service-runtime'
import { type RequestHandler, type Response, Router } from 'express'
import type { SignInAuditEvent } from './audit.ts'
import { backChannelLogoutRoute } from './back-channel-logout.ts'
import { finishSignIn } from './finish-sign-in.ts'
import type { OidcClient } from './oidc-client.ts'
import { createSignInTransactions } from './sign-in-transactions.ts'
import { signOut } from './sign-out.ts'
import { startSignIn } from './start-sign-in.ts'
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

/** Behind `sessions.middleware`. */
export function signInRoutes(deps: SignInDeps): Router {
  const transactions = createSignInTransactions(deps)
  const router = Router()
  // Express would answer HEAD with the GET handler: a link preview would use a sign-in up.
  const getOnly = methodNotAllowed('GET')
  const limit = deps.limit ?? ((_request, _response, next) => next())
  router.route(ROUTES.signIn).head(getOnly).get(limit, startSignIn(deps, transactions)).all(getOnly)
  router.route(ROUTES.signInRedirect).head(getOnly).get(limit, finishSignIn(deps, transactions)).all(getOnly)
  router.route(ROUTES.signOut).post(requireSameOrigin(deps.publicUrl), signOut(deps)).all(methodNotAllowed('POST'))
  if (deps.limitBackChannelLogout)
    router.use(backChannelLogoutRoute(deps, ROUTES.backChannelLogout, deps.limitBackChannelLogout))
  return router
}
