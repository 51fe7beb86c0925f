import {
  type ApiErrorCode,
  AuthorizationId,
  type ConnectionRef,
  connectionOf,
  type EndedEntry,
  type PendingAuthorization,
  ROUTES,
  type StartRefusal,
  splitScopes,
  userSessionRefOf,
} from '@agent-identity/contracts'
import {
  ApiError,
  type Audit,
  type Clock,
  isFromBrowserOf,
  methodNotAllowed,
  requestIdOf,
} from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { type Request, type RequestHandler, type Response, Router } from 'express'
import type { AuthorizationStarts, OpenConsent, WhenAnotherIsOpen } from './authorization-starts.ts'
import type { PendingAuthorizations } from './pending-authorizations.ts'

interface Dependencies {
  authorizations: PendingAuthorizations
  starts: AuthorizationStarts
  /** A revocation could end the token that the user is about to get. */
  untilRevocationsRest(ref: ConnectionRef): Promise<void>
  /**
   * Called before the user goes to the vendor. Unless the connection has ended, `entry` of the token vault is then not used until the account of a
   * consent for it was compared.
   */
  consentStarts(ref: ConnectionRef, entry: EndedEntry): Promise<void>
  notify(id: AuthorizationId): Promise<void>
  tellSetAside(id: AuthorizationId, instead: PendingAuthorization): Promise<void>
  renderOtherConsentOpen(response: Response, open: OpenConsent, asked: Required<Tried>): void
  isAuthorizationUrl(url: string): boolean
  requireUser: RequestHandler
  requireSameOrigin: RequestHandler
  limit: RequestHandler
  /** Counts requests by address. */
  limitRefused: RequestHandler
  limitCancel: RequestHandler
  currentUserSession(request: Request): CurrentUserSession | undefined
  userSessionOf(request: Request): CurrentUserSession
  audit: Audit
  clock: Clock
}

export interface Tried {
  id?: AuthorizationId
  record?: PendingAuthorization
}

export function authorizationRoutes(dependencies: Dependencies): Router {
  const { authorizations, starts, requireUser, requireSameOrigin, limit, limitRefused, audit, clock } = dependencies
  const { limitCancel, currentUserSession, userSessionOf } = dependencies
  const router = Router()

  /** The reason is for the audit trail: a caller must not tell an unknown authorization from another user's. */
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
    scopes: splitScopes(scopes),
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

  /** Anyone can send such requests: over the limit they add no lines to the audit trail. */
  const refuseUnknown =
    (reason: keyof typeof REFUSED_UNKNOWN): RequestHandler =>
    (request, response, next) => {
      const counted = limitRefused(request, response, (tooMany?: unknown) => {
        if (tooMany === undefined) startRefused(request, reason)
        next(tooMany ?? new ApiError(REFUSED_UNKNOWN[reason]))
      })
      Promise.resolve(counted).catch(next)
    }

  /** Another site's page must not start a consent in this user's browser. */
  const notFromAnotherSite: RequestHandler = (request, response, next) => {
    const site = request.get('Sec-Fetch-Site')
    if (site === undefined || site === 'same-origin' || site === 'none') return next()
    return refuseUnknown('another-site')(request, response, next)
  }

  const tellNotSignedIn: RequestHandler = (request, response, next) =>
    currentUserSession(request) ? next() : refuseUnknown('not-signed-in')(request, response, next)

  const fromOurOwnPage: RequestHandler = (request, response, next) =>
    requireSameOrigin(request, response, (error) => {
      if (error) refuseUnknown('another-site')(request, response, next)
      else next()
    })

  const mayStart = [tellNotSignedIn, requireUser, limit]

  async function cancel(request: Request, { id, record }: Required<Tried>): Promise<boolean> {
    if (!(await authorizations.end(id, 'cancelled'))) return false
    audit({
      event: 'cancelled',
      requestId: requestIdOf(request),
      ...actorOf(userSessionOf(request)),
      authorizationId: id,
      ...about(record),
    })
    await dependencies.notify(id)
    return true
  }

  /** Step 6. The authorization URL is not consumed: after a lost answer the browser can start again. */
  const start = (whenAnotherIsOpen: WhenAnotherIsOpen) => async (request: Request, response: Response) => {
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
    if (!isFromBrowserOf(userSession, request.get('Cookie'))) return refuse('different-browser', 'not_found', found)
    const started = await starts.start(id, record, userSession.browserHash, whenAnotherIsOpen)
    if (started.outcome === 'different-browser') return refuse(started.outcome, 'not_found', found)
    if (started.outcome === 'not-readable') {
      // Otherwise the next request for the same access would lead to this authorization again.
      await cancel(request, found)
      return refuse(started.outcome, 'authorization_settled', found)
    }
    if (started.outcome === 'settled') return refuse(started.outcome, 'authorization_settled', found)
    if (started.outcome === 'other-consent-open') {
      if (request.accepts(['json', 'html']) !== 'html') return refuse('other-consent-open', 'other_consent_open', found)
      startRefused(request, 'other-consent-open', found)
      return dependencies.renderOtherConsentOpen(response, started.open, found)
    }
    const { authorizationUrl, setAside } = started
    if (!dependencies.isAuthorizationUrl(authorizationUrl)) throw new Error('The authorization URL is not AgentCore’s')
    const audited = { requestId: requestIdOf(request), ...actorOf(userSession) }
    if (setAside) {
      const { id: authorizationId, record: other } = setAside
      audit({ event: 'authorization_set_aside', ...audited, authorizationId, ...about(other), instead: id })
      await dependencies.tellSetAside(authorizationId, record)
    }
    await dependencies.untilRevocationsRest(connectionOf(record))
    const { scopes, parameters } = record
    await dependencies.consentStarts(connectionOf(record), { scopes, ...(parameters && { parameters }) })
    audit({ event: 'authorization_started', ...audited, authorizationId: id, ...about(record) })
    response.redirect(303, authorizationUrl)
  }
  router.get(ROUTES.startAuthorization, getOnly, notFromAnotherSite, ...mayStart, start('ask'))
  router.post(ROUTES.startAuthorizationInstead, fromOurOwnPage, ...mayStart, start('instead'))

  router.delete(ROUTES.authorization, requireSameOrigin, requireUser, limitCancel, async (request, response) => {
    const found = await own(request)
    if ('refused' in found) throw new ApiError('not_found')
    if (!(await cancel(request, found))) throw new ApiError('authorization_settled')
    response.status(204).end()
  })

  router.all(ROUTES.startAuthorization, methodNotAllowed('GET'))
  router.all(ROUTES.startAuthorizationInstead, methodNotAllowed('POST'))
  router.all(ROUTES.authorization, methodNotAllowed('DELETE'))
  return router
}

const REFUSED_UNKNOWN = { 'another-site': 'cross_site_request', 'not-signed-in': 'not_signed_in' } as const

/** Express runs the GET handler for HEAD, too, and a HEAD request must not start a consent. */
const getOnly: RequestHandler = (request, _response, next) => next(request.method === 'GET' ? undefined : 'route')
