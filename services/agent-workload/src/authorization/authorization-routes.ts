import {
  AuthorizationId,
  BROWSER_BINDING_COOKIE,
  type PendingAuthorization,
  ROUTES,
  userSessionRefOf,
} from '@agent-identity/contracts'
import {
  ApiError,
  browserHash,
  browserSecret,
  type Clock,
  type Logger,
  methodNotAllowed,
  randomToken,
  requestIdOf,
} from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { type Request, type RequestHandler, Router } from 'express'
import type { PendingAuthorizations } from './pending-authorizations.ts'

interface Dependencies {
  authorizations: PendingAuthorizations
  /** Tells the replicas that an authorization has come to its end. */
  notify(id: AuthorizationId): Promise<void>
  isAuthorizationUrl(url: string): boolean
  requireUser: RequestHandler
  requireSameOrigin: RequestHandler
  userSessionOf(request: Request): CurrentUserSession
  clock: Clock
  log: Logger
}

export function authorizationRoutes(dependencies: Dependencies): Router {
  const { authorizations, requireUser, requireSameOrigin, userSessionOf, clock, log } = dependencies
  const router = Router()

  /** Unknown, another user's and another user session's are the same answer. */
  async function own(request: Request): Promise<{ id: AuthorizationId; record: PendingAuthorization }> {
    const userSession = userSessionOf(request)
    const parsed = AuthorizationId.safeParse(request.params.authorizationId)
    if (!parsed.success || userSessionRefOf(parsed.data) !== userSession.ref) throw new ApiError('not_found')
    const record = await authorizations.read(parsed.data)
    if (!record || record.owner !== userSession.userRef) throw new ApiError('not_found')
    return { id: parsed.data, record }
  }

  /**
   * Step 6: the one place where an authorization URL leaves the server, as a redirect, to the browser of the user session
   * that is being asked; that browser is remembered.
   */
  router.get(ROUTES.startAuthorization, getOnly, notFromAnotherSite, requireUser, async (request, response) => {
    const { id, record } = await own(request)
    if (record.status !== 'pending' || clock() >= record.expiresAt) throw new ApiError('authorization_settled')
    const secret = browserSecret(request.get('Cookie')) ?? randomToken(32)
    const started = await authorizations.start(id, record, browserHash(secret, userSessionRefOf(id)))
    if (started === 'different-browser') {
      log.warn({ requestId: requestIdOf(request), authorizationId: id, reason: started }, 'start refused')
      throw new ApiError('not_found')
    }
    if (started === 'settled') throw new ApiError('authorization_settled')
    if (!dependencies.isAuthorizationUrl(started.authorizationUrl))
      throw new Error('The authorization URL is not AgentCore’s')
    log.info(
      { requestId: requestIdOf(request), authorizationId: id, provider: record.provider },
      'authorization started',
    )
    response.cookie(BROWSER_BINDING_COOKIE, secret, { secure: true, httpOnly: true, sameSite: 'lax', path: '/' })
    response.redirect(303, started.authorizationUrl)
  })

  router.delete(ROUTES.authorization, requireSameOrigin, requireUser, async (request, response) => {
    const { id } = await own(request)
    if (!(await authorizations.end(id, 'cancelled'))) throw new ApiError('authorization_settled')
    await dependencies.notify(id)
    response.status(204).end()
  })

  router.all(ROUTES.startAuthorization, methodNotAllowed('GET'))
  router.all(ROUTES.authorization, methodNotAllowed('DELETE'))
  return router
}

/** Express answers HEAD with the GET handler; a start is not something to look at in passing. */
const getOnly: RequestHandler = (request, _response, next) => next(request.method === 'GET' ? undefined : 'route')

/** A page elsewhere must not send this user's browser into a consent: from our own page or typed, nothing else. */
const notFromAnotherSite: RequestHandler = (request, _response, next) => {
  const site = request.get('Sec-Fetch-Site')
  const allowed = site === undefined || site === 'same-origin' || site === 'none'
  next(allowed ? undefined : new ApiError('cross_site_request'))
}
