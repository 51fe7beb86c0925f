import { ApiError } from '@agent-identity/service-runtime'
import type { Request, RequestHandler } from 'express'

/** Downloads of all users, in one process. */
const AT_ONCE = 2
/** A client that reads slowly must not keep others from theirs. */
const WITHIN_MS = 5 * 60_000
const RETRY_AFTER_SECONDS = '10'

/** A user has one download at a time in this process. */
export function limitDownloads(userOf: (request: Request) => string, { withinMs = WITHIN_MS } = {}): RequestHandler {
  const underWay = new Set<string>()
  return (request, response, next) => {
    const user = userOf(request)
    if (underWay.has(user) || underWay.size >= AT_ONCE) {
      response.setHeader('Retry-After', RETRY_AFTER_SECONDS)
      return next(new ApiError('too_many_requests'))
    }
    // No `close` event would free the slot.
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
