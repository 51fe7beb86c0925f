import { ApiError, isFromBrowserOf } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import type { Request, RequestHandler } from 'express'

/** Only the browser that signed in: a thief who has the user session's cookie alone neither downloads a user's data nor ends a user. */
export const requireSameBrowser =
  (userSessionOf: (request: Request) => CurrentUserSession): RequestHandler =>
  (request, _response, next) =>
    next(isFromBrowserOf(userSessionOf(request), request.headers.cookie) ? undefined : new ApiError('not_signed_in'))
