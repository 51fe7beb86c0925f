import {
  type ApiErrorCode,
  AuthorizationId,
  type PendingAuthorization,
  ROUTES,
  type StartRefusal,
  userSessionRefOf,
} from '@agent-identity/contracts'
import {
  ApiError,
  type Audit,
  browserHash,
  browserSecret,
  type Clock,
  methodNotAllowed,
  requestIdOf,
  sameHash,
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
  limit: RequestHandler
  currentUserSession(request: Request): CurrentUserSession | undefined
  userSessionOf(request: Request): CurrentUserSession
  audit: Audit
  clock: Clock
}

interface Tried {
  id?: AuthorizationId
  record?: PendingAuthorization
}

export function authorizationRoutes(dependencies: Dependencies): Router {
  const { authorizations, requireUser, requireSameOrigin, limit, currentUserSession, userSessionOf, audit, clock } =
    dependencies
  const router = Router()

  /** Why not is for the trail: from outside, unknown, another user's and another user session's are the same answer. */
  async function own(request: Request): Promise<Required<Tried> | (Tried & { refused: StartRefusal })> {
    const userSession = userSessionOf(request)
    const id = AuthorizationId.safeParse(request.params.authorizationId).data
    if (!id) return { refused: 'malformed' }
    if (userSessionRefOf(id) !== userSession.ref) return { refused: 'different-user-session', id }
    const record = await authorizations.read(id)
    if (!record) return { refused: 'unknown-authorization', id }
    return record.owner === userSession.userRef ? { id, record } : { refused: 'different-user', id, record }
  }

  const about = ({ correlationId, provider, scopes }: PendingAuthorization) => ({
    correlationId,
    provider,
    scopes: scopes.split(' '),
  })
  const actorOf = ({ userRef, ref }: CurrentUserSession) => ({ user: userRef, userSession: ref })

  function startRefused(request: Request, reason: StartRefusal, { id, record }: Tried = {}): void {
    const userSession = currentUserSession(request)
    audit({
      event: 'start_refused',
      requestId: requestIdOf(request),
      ...(userSession && actorOf(userSession)),
      authorizationId: id,
      ...(record && about(record)),
      reason,
    })
  }

  /** A page elsewhere must not send this user's browser into a consent: from our own page or typed, nothing else. */
  const notFromAnotherSite: RequestHandler = (request, _response, next) => {
    const site = request.get('Sec-Fetch-Site')
    if (site === undefined || site === 'same-origin' || site === 'none') return next()
    startRefused(request, 'another-site')
    next(new ApiError('cross_site_request'))
  }

  const tellNotSignedIn: RequestHandler = (request, _response, next) => {
    if (!currentUserSession(request)) startRefused(request, 'not-signed-in')
    next()
  }

  /**
   * Step 6: the one place where an authorization URL leaves the server, as a redirect, to the browser that signed in to the
   * user session that is being asked. Nothing is given with it: whose answer was lost starts again.
   */
  const mayStart = [getOnly, notFromAnotherSite, tellNotSignedIn, requireUser, limit]
  router.get(ROUTES.startAuthorization, ...mayStart, async (request, response) => {
    const refuse = (reason: StartRefusal, code: ApiErrorCode, tried: Tried): never => {
      startRefused(request, reason, tried)
      throw new ApiError(code)
    }
    const found = await own(request)
    if ('refused' in found) return refuse(found.refused, 'not_found', found)
    const { id, record } = found
    if (record.status !== 'pending' || clock() >= record.expiresAt)
      return refuse('settled', 'authorization_settled', found)
    const userSession = userSessionOf(request)
    if (!isItsBrowser(request, userSession)) return refuse('different-browser', 'not_found', found)
    const started = await authorizations.start(id, record, userSession.browserHash)
    if (started === 'different-browser') return refuse(started, 'not_found', found)
    if (started === 'settled') return refuse(started, 'authorization_settled', found)
    if (!dependencies.isAuthorizationUrl(started.authorizationUrl))
      throw new Error('The authorization URL is not AgentCore’s')
    audit({
      event: 'authorization_started',
      requestId: requestIdOf(request),
      ...actorOf(userSession),
      authorizationId: id,
      ...about(record),
    })
    response.redirect(303, started.authorizationUrl)
  })

  router.delete(ROUTES.authorization, requireSameOrigin, requireUser, async (request, response) => {
    const found = await own(request)
    if ('refused' in found) throw new ApiError('not_found')
    const { id, record } = found
    if (!(await authorizations.end(id, 'cancelled'))) throw new ApiError('authorization_settled')
    audit({
      event: 'cancelled',
      requestId: requestIdOf(request),
      ...actorOf(userSessionOf(request)),
      authorizationId: id,
      ...about(record),
    })
    await dependencies.notify(id)
    response.status(204).end()
  })

  router.all(ROUTES.startAuthorization, methodNotAllowed('GET'))
  router.all(ROUTES.authorization, methodNotAllowed('DELETE'))
  return router
}

/** Whoever holds a copy of the user session's cookie, and not the other one, asks in another browser. */
function isItsBrowser(request: Request, { ref, browserHash: hash }: CurrentUserSession): boolean {
  const secret = browserSecret(request.get('Cookie'))
  return secret !== undefined && sameHash(hash, browserHash(secret, ref))
}

/** Express answers HEAD with the GET handler; a start is not something to look at in passing. */
const getOnly: RequestHandler = (request, _response, next) => next(request.method === 'GET' ? undefined : 'route')
