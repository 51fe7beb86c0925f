import { ApiError } from '@agent-identity/service-runtime'
import type { Request, RequestHandler } from 'express'

/** In a process, of all users. */
const AT_ONCE = 2
/** For a client that reads slowly: it must not keep others from theirs. In milliseconds. */
const WITHIN_MS = 5 * 60_000
const RETRY_AFTER_SECONDS = '10'

/** Middleware before a download: a user has one at a time in this process, and all users two. The others get 429 with `Retry-After`. */
export function limitDownloads(userOf: (request: Request) => string, { withinMs = WITHIN_MS } = {}): RequestHandler {
  const underWay = new Set<string>()
  return (request, response, next) => {
    const user = userOf(request)
    if (underWay.has(user) || underWay.size >= AT_ONCE) {
      response.setHeader('Retry-After', RETRY_AFTER_SECONDS)
      return next(new ApiError('too_many_requests'))
    }
    // Gone while its limit was asked for: there is no end to wait for.
    if (response.closed) return
    underWay.add(user)
    const patience = setTimeout(() => response.destroy(), withinMs).unref()
    response.once('close', () => {
      clearTimeout(patience)
      underWay.delete(user)
    })
    next()
  }
}
