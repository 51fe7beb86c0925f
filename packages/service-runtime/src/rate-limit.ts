import { createSecretKey } from 'node:crypto'
import { type KeyRing, type RateLimited, rateLimitKey } from '@agent-identity/contracts'
import type { Request, RequestHandler } from 'express'
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { ApiError } from './api-error.ts'
import { keyedFingerprint } from './fingerprint.ts'
import type { RedisClient } from './redis-client.ts'
import { deriveSecrets } from './sealing.ts'

/**
 * Counts a request of a subject: a user, a user session or an address.
 *
 * @returns nothing while there is room, else when there is again. Redis away is an error: it lets nobody through.
 */
export type RateLimit = (subject: string) => Promise<{ retryAfterSeconds: number } | undefined>

const WINDOW_SECONDS = 60

/**
 * One count for all replicas, in Redis: so many requests in a window that begins with the first. Whoever has reached the
 * limit is turned away by this process alone until the window ends, so that a flood costs Redis nothing.
 *
 * Subjects are named there by a keyed fingerprint: an address is personal, and there are so few that a hash alone could be
 * undone; and of a user session that has ended, nothing is left. A rotation begins the counts anew, and nothing else.
 */
export function createRateLimits(settings: {
  redis: RedisClient
  keys: KeyRing
}): (limited: RateLimited, perMinute: number) => RateLimit {
  const [derived = ''] = deriveSecrets(settings.keys, 'rate limit subject')
  const secret = createSecretKey(derived, 'utf8')
  return (limited, perMinute) => {
    const limiter = new RateLimiterRedis({
      storeClient: settings.redis,
      // The whole key comes from the contract.
      keyPrefix: '',
      points: perMinute,
      duration: WINDOW_SECONDS,
      inMemoryBlockOnConsumed: perMinute,
    })
    return async (subject) => {
      try {
        await limiter.consume(rateLimitKey(limited, keyedFingerprint(secret, limited, subject)))
        return undefined
      } catch (reached) {
        if (!(reached instanceof RateLimiterRes)) throw reached
        return { retryAfterSeconds: Math.max(1, Math.ceil(reached.msBeforeNext / 1_000)) }
      }
    }
  }
}

/** In front of what costs something: answers 429 and when to come back, and nothing behind it has run. */
export const limitRequests =
  (limit: RateLimit, subjectOf: (request: Request) => string): RequestHandler =>
  async (request, response, next) => {
    const reached = await limit(subjectOf(request))
    if (!reached) return next()
    response.setHeader('Retry-After', String(reached.retryAfterSeconds))
    next(new ApiError('too_many_requests'))
  }
