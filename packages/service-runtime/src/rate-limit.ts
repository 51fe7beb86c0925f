import { createSecretKey } from 'node:crypto'
import { type KeyRing, type RateLimited, rateLimitKey } from '@agent-identity/contracts'
import type { Request, RequestHandler } from 'express'
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { ApiError } from './api-error.ts'
import { keyedFingerprint } from './fingerprint.ts'
import type { RedisClient } from './redis-client.ts'
import { deriveSecrets } from './sealing.ts'

/**
 * @returns nothing within the limit, else the seconds until the window ends.
 * @throws when Redis cannot be asked: the request must be refused.
 */
export type RateLimit = (subject: string) => Promise<{ retryAfterSeconds: number } | undefined>

const WINDOW_SECONDS = 60

/**
 * A replica that has seen a subject reach its limit rejects it from memory: a flood causes few Redis commands.
 *
 * Subjects are keyed fingerprints: an address is personal data, and a plain hash of an IPv4 address can be reversed.
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

/** Beyond the limit: 429 with `Retry-After`. */
export const limitRequests =
  (limit: RateLimit, subjectOf: (request: Request) => string): RequestHandler =>
  async (request, response, next) => {
    const reached = await limit(subjectOf(request))
    if (!reached) return next()
    response.setHeader('Retry-After', String(reached.retryAfterSeconds))
    next(new ApiError('too_many_requests'))
  }
