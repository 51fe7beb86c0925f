import { type UserRef, type UserSessionRef, userSessionKey, userTokensKey } from '@agent-identity/contracts'
import type { Redis } from 'ioredis'
import type { CurrentUserSession } from '../current-user-session.ts'
import type { OidcClient, RefreshOutcome } from '../oidc-client.ts'
import type { Revocations } from '../revocations.ts'
import { createUserTokens } from '../user-tokens.ts'
import { keyRing } from './key-ring.ts'
import { createRecordedLog } from './recorded-log.ts'
import { startRedisServer } from './redis-server.ts'

export const NOW = 1_000_000
export const REF = 'a'.repeat(22) as UserSessionRef
export const USER = 'u'.repeat(22) as UserRef

type Refresh = OidcClient['refresh']

export type TokenWorld = Awaited<ReturnType<typeof startTokenWorld>>

/** A real Redis, and a clock that stands still. */
export async function startTokenWorld() {
  const redisServer = await startRedisServer()
  const redis: Redis = await redisServer.connect()
  return {
    redis,
    redisServer,
    async reset() {
      await redis.flushall()
      await redis.set(userSessionKey(REF), 'a user session')
    },
    stop: () => redisServer.stop(),
    /** Removes the tokens, as the end of the user session does. */
    async end() {
      const sealedTokens = await redis.getdel(userTokensKey(REF))
      return { ref: REF, ...(sealedTokens !== null && { sealedTokens }) }
    },
    /** `awaited`: the work that a revocation may follow. */
    store(refresh: Refresh = async () => refreshed(), connection = redis) {
      const revoked: Parameters<Revocations['revoke']>[] = []
      const awaited: Promise<unknown>[] = []
      const revocations = {
        revoke: async (...asked: Parameters<Revocations['revoke']>) => void revoked.push(asked),
        mayFollow: (work: Promise<unknown>) => void awaited.push(work),
      }
      const { log } = createRecordedLog()
      const userTokensKeys = keyRing('t1', 't1')
      const sessions = {
        find: async (ref: UserSessionRef) =>
          (await redis.exists(userSessionKey(ref))) === 1 ? ({ ref, userRef: USER } as CurrentUserSession) : undefined,
      }
      const deps = {
        redis: connection,
        userTokensKeys,
        sessions,
        oidc: { refresh },
        revocations,
        clock: () => NOW,
        log,
      }
      return { ...createUserTokens(deps), revoked, awaited }
    },
  }
}

export const tokensFor = (seconds: number, refreshToken?: string) => ({
  accessToken: `for ${seconds} seconds`,
  accessTokenExpiresAt: NOW + seconds * 1_000,
  idToken: 'an ID token',
  refreshToken,
})

export const refreshed = (refreshToken?: string): RefreshOutcome => ({
  outcome: 'refreshed',
  tokens: { accessToken: 'refreshed', expiresInSeconds: 60, idToken: 'a new ID token', refreshToken },
})
