import { type UserSessionRef, userTokensRefreshLockKey } from '@agent-identity/contracts'
import { type Logger, type RedisClient, randomToken, runScript } from '@agent-identity/service-runtime'

/**
 * If the lock ended during a refresh, a second replica would spend the same refresh token: issuers that rotate may then revoke the whole grant
 * (RFC 9700 §4.14.2). With the default timeouts new tokens are stored within 38 s: three commands, four requests to the issuer, five tries to
 * store.
 */
const LOCK_MS = 40_000

const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`

export interface RefreshLock {
  /** @returns undefined if the lock is not free. */
  whileHeld<Result extends object>(ref: UserSessionRef, act: () => Promise<Result>): Promise<Result | undefined>
}

export function createRefreshLock(deps: { redis: RedisClient; log: Logger }): RefreshLock {
  const { redis, log } = deps
  return {
    async whileHeld(ref, act) {
      const key = userTokensRefreshLockKey(ref)
      const holder = randomToken(16)
      if ((await redis.set(key, holder, 'PX', LOCK_MS, 'NX')) !== 'OK') return undefined
      try {
        return await act()
      } finally {
        await runScript(redis, RELEASE, [key], [holder]).catch((err) =>
          log.warn({ err }, 'the lock of a token refresh could not be removed and will expire'),
        )
      }
    },
  }
}
