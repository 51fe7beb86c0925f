import {
  type ApiErrorCode,
  type Authorization,
  AuthorizationId,
  CONFIRMED_START,
  type ConnectionsAt,
  ROUTES,
  type Start,
  type StartRefusal,
  splitScopes,
  startAuthorizationPath,
} from '@agent-identity/contracts'
import {
  ApiError,
  type Audit,
  isFetchedAhead,
  isFromBrowserOf,
  isOpenedPage,
  methodNotAllowed,
  requestIdOf,
} from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { type Request, type RequestHandler, type Response, Router } from 'express'
import type { ComposedAuthorization } from '../compose.ts'
import { find, isLive } from '../connections/decide.ts'
import { aboutAuthorization } from '../need/authorizations.ts'

interface Dependencies {
  authorization: Pick<ComposedAuthorization, 'start' | 'cancel'> & {
    authorizations: Pick<ComposedAuthorization['authorizations'], 'read'>
    connections: Pick<ComposedAuthorization['connections'], 'read'>
  }
  /** The user went on with another authorization; what waits for this one is told. */
  tellSetAside(authorization: Authorization, instead: Authorization): Promise<void>
  renderOtherConsentOpen(response: Response, open: Start, asked: Authorization): void
  /** A page with a button, for a link of an MCP client that its user has not opened by themselves, or for what they have disconnected. */
  renderAskFirst(response: Response, asked: Authorization, at: ConnectionsAt, userSession: CurrentUserSession): void
  requireSameOrigin: RequestHandler
  requireUser: RequestHandler
  limit: RequestHandler
  /** Counts requests by address. */
  limitRefused: RequestHandler
  limitCancel: RequestHandler
  currentUserSession(request: Request): CurrentUserSession | undefined
  userSessionOf(request: Request): CurrentUserSession
  audit: Audit
}

/** Steps 5 and 6: the browser of a signed-in user opens the link. */
export function startRoutes(dependencies: Dependencies): Router {
  const { authorization, requireUser, requireSameOrigin, limit, limitRefused, limitCancel, audit } = dependencies
  const { currentUserSession, userSessionOf } = dependencies
  const { authorizations, connections } = authorization
  const router = Router()

  const actorOf = ({ userRef, ref }: CurrentUserSession) => ({ user: userRef, userSession: ref })

  function startRefused(request: Request, reason: StartRefusal, found?: Authorization): void {
    const userSession = currentUserSession(request)
    audit({
      event: 'start_refused',
      requestId: requestIdOf(request),
      ...(userSession && actorOf(userSession)),
      ...(found ? aboutAuthorization(found) : { authorizationId: idIn(request) }),
      reason,
    })
  }

  /** Anyone can send such requests: over the limit they add no lines to the audit trail. */
  const counted =
    (then: RequestHandler): RequestHandler =>
    (request, response, next) => {
      const done = limitRefused(request, response, (tooMany?: unknown) =>
        tooMany === undefined ? then(request, response, next) : next(tooMany),
      )
      Promise.resolve(done).catch(next)
    }
  const refuseUnknown = (reason: keyof typeof REFUSED_UNKNOWN) =>
    counted((request, _response, next) => {
      startRefused(request, reason)
      next(new ApiError(REFUSED_UNKNOWN[reason]))
    })

  /** A user who is not signed in signs in first. Only its user learns what it is for. */
  const signInFirst = counted((request, response) => {
    const id = idIn(request)
    if (!id) throw new ApiError('not_found')
    response.redirect(302, `${ROUTES.signIn}?${new URLSearchParams({ return_to: startAuthorizationPath(id) })}`)
  })

  const signedIn: RequestHandler = (request, response, next) => {
    if (currentUserSession(request)) return next()
    if (isOpenedPage(request) && idIn(request)) return signInFirst(request, response, next)
    return refuseUnknown(isFromElsewhere(request) ? 'another-site' : 'not-signed-in')(request, response, next)
  }

  const fromOurOwnPage: RequestHandler = (request, response, next) =>
    requireSameOrigin(request, response, (error) => {
      if (error === undefined) return next()
      return refuseUnknown('another-site')(request, response, next)
    })

  /** Another site's page, or a browser that fetches a link ahead of its user, must start nothing. */
  const ownNavigation: RequestHandler = async (request, response, next) => {
    const userSession = userSessionOf(request)
    const id = idIn(request)
    const found = id && (await authorizations.read(userSession.userRef, id))
    if (!found?.client) {
      if (isFromElsewhere(request)) return refuseUnknown('another-site')(request, response, next)
      if (isFetchedAhead(request)) return refuseUnknown('prefetched')(request, response, next)
      return next()
    }
    if (found.end) return next()
    const at = await connections.read(userSession.userRef, found.provider)
    // A client can open its link itself, and some vendors do not ask again for what was granted before: the user must press the button.
    const isEndedByUser = at.connections.length > 0 && !at.connections.some(isLive)
    const isOwn = !isFromElsewhere(request) && !isFetchedAhead(request)
    if (!isOwn || (isEndedByUser && !isConfirmed(request)))
      return dependencies.renderAskFirst(response, found, at, userSession)
    return next()
  }

  /** The reason is for the audit trail: a caller must not tell an unknown authorization from another user's. */
  const start = (whenAnotherIsOpen: 'ask' | 'instead') => async (request: Request, response: Response) => {
    const userSession = userSessionOf(request)
    const { userRef: user, ref, browserHash } = userSession
    const id = idIn(request)
    const found = id && (await authorizations.read(user, id))
    const refuse = (reason: StartRefusal, code: ApiErrorCode): never => {
      startRefused(request, reason, found)
      throw new ApiError(code)
    }
    if (!id) return refuse('malformed', 'not_found')
    if (!found) return refuse('unknown-authorization', 'not_found')
    if (found.userSession !== undefined && found.userSession !== ref)
      return refuse('different-user-session', 'not_found')
    if (!isFromBrowserOf(userSession, request.get('Cookie'))) return refuse('different-browser', 'not_found')

    const opener = { user, userSession: ref, browserHash, requestId: requestIdOf(request) }
    const started = await authorization.start(id, opener, whenAnotherIsOpen)
    switch (started.outcome) {
      case 'refused': {
        const { reason } = started
        // What it was for is there.
        if (reason === 'settled' && found.client && (await isSatisfied(user, found.id)))
          return response.redirect(303, ROUTES.connectionsPage)
        return refuse(
          reason,
          reason === 'settled' || reason === 'refused-by-agentcore' ? 'authorization_settled' : 'not_found',
        )
      }
      case 'try-again':
        throw new ApiError('try_again')
      case 'too-often':
        return refuse('too-often', 'too_many_requests')
      case 'disconnect-first':
        throw new ApiError('disconnect_first')
      case 'other-consent-open':
        startRefused(request, 'other-consent-open', found)
        if (request.accepts(['json', 'html']) !== 'html') throw new ApiError('other_consent_open')
        return dependencies.renderOtherConsentOpen(response, started.open, found)
      case 'started': {
        const { setAside, authorizationUrl, sessionUri, awsRequestId } = started
        const by = { requestId: requestIdOf(request), ...actorOf(userSession) }
        if (setAside) {
          audit({ event: 'authorization_set_aside', ...by, ...aboutStart(setAside), instead: id })
          const aside = await authorizations.read(user, setAside.authorization)
          if (aside) await dependencies.tellSetAside(aside, found)
        }
        audit({ event: 'authorization_started', ...by, ...aboutStart(started.start), sessionUri, awsRequestId })
        return response.redirect(303, authorizationUrl)
      }
    }
  }

  async function isSatisfied(user: CurrentUserSession['userRef'], id: AuthorizationId): Promise<boolean> {
    const now = await authorizations.read(user, id)
    if (now?.end?.outcome !== 'connected') return false
    return isLive(find(await connections.read(user, now.provider), now.end.connection))
  }

  router.get(ROUTES.startAuthorization, getOnly, signedIn, requireUser, limit, ownNavigation, start('ask'))
  router.post(ROUTES.startAuthorizationInstead, fromOurOwnPage, signedIn, requireUser, limit, start('instead'))

  router.delete(ROUTES.authorization, requireSameOrigin, requireUser, limitCancel, async (request, response) => {
    const { userRef: user, ref: userSession } = userSessionOf(request)
    const id = idIn(request)
    const found = id && (await authorizations.read(user, id))
    if (!found || (found.userSession ?? userSession) !== userSession) throw new ApiError('not_found')
    if (found.end) throw new ApiError('authorization_settled')
    const isCancelled = await authorization.cancel(found, { user, userSession, requestId: requestIdOf(request) })
    if (!isCancelled) throw new ApiError('authorization_settled')
    const now = await authorizations.read(user, found.id)
    if (now?.end?.outcome !== 'failed' || now.end.code !== 'cancelled') throw new ApiError('authorization_settled')
    response.status(204).end()
  })

  router.all(ROUTES.startAuthorization, methodNotAllowed('GET'))
  router.all(ROUTES.startAuthorizationInstead, methodNotAllowed('POST'))
  router.all(ROUTES.authorization, methodNotAllowed('DELETE'))
  return router
}

const REFUSED_UNKNOWN = {
  'another-site': 'cross_site_request',
  'not-signed-in': 'not_signed_in',
  prefetched: 'cross_site_request',
} as const

const idIn = (request: Request) => AuthorizationId.safeParse(request.params.authorizationId).data

const aboutStart = ({ id, authorization, correlationId, provider, entry }: Start) => ({
  startId: id,
  authorizationId: authorization,
  correlationId,
  provider,
  scopes: splitScopes(entry.scopes),
})

const isFromElsewhere = (request: Request): boolean => {
  const site = request.get('Sec-Fetch-Site')
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

/** A link elsewhere may have the same parameter, but comes from no page of ours. A browser without Fetch Metadata is let through. */
function isConfirmed(request: Request): boolean {
  const site = request.get('Sec-Fetch-Site')
  return site === undefined || (site === 'same-origin' && request.query[CONFIRMED_START] !== undefined)
}

/** Express runs the GET handler for HEAD, too, and a HEAD request must not start a consent. */
const getOnly: RequestHandler = (request, _response, next) => next(request.method === 'GET' ? undefined : 'route')
