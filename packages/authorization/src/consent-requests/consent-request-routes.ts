import {
  CONFIRMED_START,
  type ConsentRequest,
  ConsentRequestId,
  ROUTES,
  startAuthorizationPath,
  type UserRef,
} from '@agent-identity/contracts'
import { ApiError, type Audit, type Clock, requestIdOf } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { type Request, type RequestHandler, type Response, Router } from 'express'
import { type ConsentRequestRecords, isOver } from './consent-request-records.ts'
import type { StartedConsentRequest } from './start-consent-request.ts'

interface Dependencies {
  consentRequests: Pick<ConsentRequestRecords, 'read'>
  start(
    id: ConsentRequestId,
    by: Pick<CurrentUserSession, 'ref' | 'userRef'> & { requestId: string },
  ): Promise<StartedConsentRequest>
  /** Whether this user has disconnected the account that the start would connect. */
  hasDisconnected(request: ConsentRequest, user: UserRef): Promise<boolean>
  renderAskFirst(response: Response, request: ConsentRequest, userSession: CurrentUserSession): void
  currentUserSession(request: Request): CurrentUserSession | undefined
  limit: RequestHandler
  /** Counts requests by address. */
  limitSignedOut: RequestHandler
  audit: Audit
  clock: Clock
}

/**
 * Step 6 for the links of consent requests. Mount this before the ordinary starts, which have the same path. Another site's page, or a browser that
 * fetches a link ahead of its user, must start nothing: if the request's headers show it, the answer is a page with a button.
 */
export function consentRequestRoutes(dependencies: Dependencies): Router {
  const { consentRequests, start, currentUserSession, audit, clock } = dependencies
  const router = Router()

  const onlyConsentRequests: RequestHandler = (request, _response, next) => {
    const isOne = request.method === 'GET' && ConsentRequestId.safeParse(request.params.authorizationId).success
    next(isOne ? undefined : 'route')
  }

  /** Any browser may open the link: only the request's user learns what it is for. */
  const signInFirst: RequestHandler = (request, response, next) => {
    if (currentUserSession(request)) return next()
    return dependencies.limitSignedOut(request, response, (tooMany?: unknown) => {
      if (tooMany !== undefined) return next(tooMany)
      const returnTo = startAuthorizationPath(ConsentRequestId.parse(request.params.authorizationId))
      response.redirect(302, `${ROUTES.signIn}?${new URLSearchParams({ return_to: returnTo })}`)
    })
  }

  router.get(
    ROUTES.startAuthorization,
    onlyConsentRequests,
    signInFirst,
    dependencies.limit,
    async (request, response) => {
      const userSession = currentUserSession(request)
      if (!userSession) throw new ApiError('not_signed_in')
      const { ref, userRef } = userSession
      const id = ConsentRequestId.parse(request.params.authorizationId)
      const refuse = (reason: 'unknown-authorization' | 'settled', code: 'not_found' | 'authorization_settled') => {
        audit({ event: 'start_refused', requestId: requestIdOf(request), user: userRef, userSession: ref, reason })
        throw new ApiError(code)
      }

      const found = await consentRequests.read(userRef, id)
      if (!found) return refuse('unknown-authorization', 'not_found')
      if (isOver(found) || clock() >= found.expiresAt) return refuse('settled', 'authorization_settled')
      // A client can open its link itself, and some vendors do not ask again for what was granted before: the user must press the button.
      const isEndedByUser = await dependencies.hasDisconnected(found, userRef)
      if (!isOwnNavigation(request) || (isEndedByUser && !isConfirmed(request)))
        return dependencies.renderAskFirst(response, found, userSession)

      const started = await start(id, { ref, userRef, requestId: requestIdOf(request) })
      switch (started.outcome) {
        case 'authorization':
          return response.redirect(303, startAuthorizationPath(started.id))
        case 'connected':
        case 'undecided':
          return response.redirect(303, ROUTES.connectionsPage)
        case 'unknown':
        case 'not-offered':
          return refuse('unknown-authorization', 'not_found')
        case 'settled':
          return refuse('settled', 'authorization_settled')
        case 'signed-out':
          throw new ApiError('not_signed_in')
        case 'too-many':
        case 'unavailable':
          throw new ApiError('temporarily_unavailable')
      }
    },
  )
  return router
}

/** A link elsewhere may have the same parameter, but comes from no page of ours. A browser without Fetch Metadata is let through. */
function isConfirmed(request: Request): boolean {
  const site = request.get('Sec-Fetch-Site')
  return site === undefined || (site === 'same-origin' && request.query[CONFIRMED_START] !== undefined)
}

/** The standard header, and the older ones of Chromium, Safari and Firefox. */
const FETCHED_AHEAD = ['Sec-Purpose', 'Purpose', 'X-Purpose', 'X-Moz']

function isOwnNavigation(request: Request): boolean {
  const site = request.get('Sec-Fetch-Site')
  const isAhead = FETCHED_AHEAD.some((header) => request.get(header) !== undefined)
  return (site === undefined || site === 'same-origin' || site === 'none') && !isAhead
}
