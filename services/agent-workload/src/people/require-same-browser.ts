import { ApiError, type Audit, isFromBrowserOf, type RateLimit, requestIdOf } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import type { Request, RequestHandler } from 'express'

/** `refused`: the audit event of a refusal. */
export type SameBrowser = (refused: 'download_refused' | 'erasure_refused') => RequestHandler

/**
 * Only the browser that signed in passes: the user session's cookie alone is not enough. A refusal may be the first sign of a stolen cookie, so it
 * has an audit line.
 *
 * @param dependencies.limit bounds these lines, for each user and event, and nothing else: a thief must not use up what the user may do.
 */
export function requireSameBrowser(dependencies: {
  userSessionOf(request: Request): CurrentUserSession
  limit: RateLimit
  audit: Audit
}): SameBrowser {
  const { userSessionOf, limit, audit } = dependencies
  return (refused) => async (request, _response, next) => {
    const userSession = userSessionOf(request)
    if (isFromBrowserOf(userSession, request.headers.cookie)) return next()
    const { userRef: user, ref } = userSession
    if (!(await limit(`${refused} ${user}`)))
      audit({
        event: refused,
        requestId: requestIdOf(request),
        user,
        userSession: ref,
        reason: 'different-browser',
      })
    next(new ApiError('not_signed_in'))
  }
}
