import { ApiError, type Audit, type Clock, requestIdOf } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import type { Request, RequestHandler } from 'express'

/** What cannot be undone needs a recent sign-in: a browser that was left open, or the cookie of an older sign-in, is not enough. */
export function requireRecentSignIn(
  signedInAt: (userSession: CurrentUserSession) => number,
  dependencies: { maxAgeMs: number; userSessionOf(request: Request): CurrentUserSession; audit: Audit; clock: Clock },
): RequestHandler {
  const { maxAgeMs, userSessionOf, audit, clock } = dependencies
  return (request, _response, next) => {
    const userSession = userSessionOf(request)
    if (clock() - signedInAt(userSession) <= maxAgeMs) return next()
    const actor = { requestId: requestIdOf(request), user: userSession.userRef, userSession: userSession.ref }
    audit({ event: 'erasure_refused', ...actor, reason: 'sign-in-too-old' })
    next(new ApiError('sign_in_too_old'))
  }
}
