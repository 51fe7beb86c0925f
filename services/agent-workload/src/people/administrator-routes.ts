import { EndUserRequest, ROUTES } from '@agent-identity/contracts'
import {
  ApiError,
  type Audit,
  type Clock,
  isFromBrowserOf,
  limitRequests,
  methodNotAllowed,
  type RateLimit,
  requestIdOf,
  requireJson,
  userRef,
} from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import express, { type Request, type RequestHandler, type Response, Router } from 'express'
import type { Erasures } from './erasures.ts'
import { requireRecentSignIn } from './recent-sign-in.ts'
import type { SameBrowser } from './require-same-browser.ts'

interface Dependencies {
  erasures: Pick<Erasures, 'end'>
  currentUserSession(request: Request): CurrentUserSession | undefined
  userSessionOf(request: Request): CurrentUserSession
  requireSameOrigin: RequestHandler
  sameBrowser: SameBrowser
  limit: RateLimit
  /** Its members may end users. */
  group: string
  /** A member of a group of the same name at another issuer is no administrator. */
  issuer: string
  signInMaxAgeMs: number
  renderUsersPage(response: Response, userSession: CurrentUserSession): void
  audit: Audit
  clock: Clock
}

/** To anyone who is no administrator these routes answer as an unknown address does. */
export function administratorRoutes(dependencies: Dependencies): Router {
  const { erasures, currentUserSession, userSessionOf, requireSameOrigin, group, issuer, audit, clock } = dependencies
  const actorOf = (request: Request, { userRef: user, ref: userSession }: CurrentUserSession) => ({
    requestId: requestIdOf(request),
    user,
    userSession,
  })

  const isFromOurPage = (request: Request, response: Response) =>
    new Promise<boolean>((resolve) => {
      requireSameOrigin(request, response, (refused?: unknown) => resolve(refused === undefined))
    })

  const forAdministrators: RequestHandler = async (request, response, next) => {
    const userSession = currentUserSession(request)
    if (userSession?.administratorOf === group && userSession.user.issuer === issuer) return next()
    // A request from another origin, or with a copied cookie, must not use up the user's limit. The limit also bounds the number of audit lines.
    const isFromItsBrowser = userSession && isFromBrowserOf(userSession, request.headers.cookie)
    if (request.method === 'POST' && isFromItsBrowser && (await isFromOurPage(request, response)))
      if (!(await dependencies.limit(userSession.userRef)))
        audit({ event: 'erasure_refused', ...actorOf(request, userSession), reason: 'not-an-administrator' })
    next('router')
  }

  /** The group was read at the sign-in: a user who has left it since can still end users until `signInMaxAgeMs` is over. */
  const recently = requireRecentSignIn(
    // Without the time, the authentication may be weeks old (single sign-on).
    ({ authenticatedAt = 0 }) => authenticatedAt,
    { maxAgeMs: dependencies.signInMaxAgeMs, userSessionOf, audit, clock },
  )

  const router = Router()
  router.all([ROUTES.usersPage, ROUTES.endUser], forAdministrators)

  router.get(ROUTES.usersPage, (request, response) => {
    dependencies.renderUsersPage(response, userSessionOf(request))
  })

  router.post(
    ROUTES.endUser,
    requireSameOrigin,
    // Before the limit, which a thief of the cookie must not use up.
    dependencies.sameBrowser('erasure_refused'),
    limitRequests(dependencies.limit, (request) => userSessionOf(request).userRef),
    recently,
    requireJson,
    express.json({ limit: 4_096, strict: true }),
    async (request, response) => {
      const asked = EndUserRequest.safeParse(request.body)
      if (!asked.success)
        throw new ApiError('invalid_request', 'Send {"subject": "…"}, and an issuer if it is another one.')
      await erasures.end({
        user: userRef({ issuer: asked.data.issuer ?? issuer, subject: asked.data.subject }),
        by: 'administrator',
        actor: userSessionOf(request),
        requestId: requestIdOf(request),
      })
      // The same answer for a user who never signed in.
      response.json({ ended: true })
    },
  )

  router.all(ROUTES.usersPage, methodNotAllowed('GET', 'HEAD'))
  router.all(ROUTES.endUser, methodNotAllowed('POST'))
  return router
}
