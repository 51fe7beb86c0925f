import {
  type KeyRing,
  USER_SESSION_ENDED_CHANNEL,
  type UserSession,
  type UserSessionRef,
  userSessionKey,
  userTokensKey,
} from '@agent-identity/contracts'
import { type Clock, type Logger, type RedisClient, runScript } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from './current-user-session.ts'
import { sealedUserSession, type UserSessionReader } from './user-session-reader.ts'

/** A request in flight must not revive an ended user session: `replace` restores no deleted record. */
export interface UserSessionRecords {
  /** Extends the idle time of the user session and of its tokens. */
  use(ref: UserSessionRef): Promise<CurrentUserSession | undefined>
  /** Not positive after the absolute end. */
  secondsToLive(userSession: Pick<UserSession, 'endsAt'>): number
  create(ref: UserSessionRef, userSession: UserSession): Promise<void>
  replace(ref: UserSessionRef, userSession: UserSession): Promise<void>
  end(ref: UserSessionRef): Promise<EndedUserSession>
}

export interface EndedUserSession {
  ref: UserSessionRef
  /**
   * Deleted with the user session. A refresh under way has stored its tokens here before, or stores nothing any more and has its new
   * refresh token revoked. If Redis does not answer the refresh, that token is not revoked.
   */
  sealedTokens?: string
}

/** EXPIRE creates no key: a deleted record stays deleted. */
const EXTEND = `
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[1]) end
`

/**
 * One step: a kill can neither leave tokens behind nor the message unpublished. With `pcall`, a value of another type under the key of
 * the tokens does not keep the user session alive.
 */
const END = `
local tokens = redis.pcall('GET', KEYS[2])
local ended = redis.call('DEL', unpack(KEYS))
if ended > 0 then redis.call('PUBLISH', ARGV[1], ARGV[2]) end
return type(tokens) == 'string' and tokens
`

export function createUserSessionRecords(deps: {
  redis: RedisClient
  reader: Pick<UserSessionReader, 'find'>
  userSessionKeys: KeyRing
  idleSeconds: number
  clock: Clock
  log: Logger
}): UserSessionRecords {
  const { redis, reader, idleSeconds, clock, log } = deps
  const record = sealedUserSession(deps.userSessionKeys, log)
  const keysOf = (ref: UserSessionRef) => [userSessionKey(ref), userTokensKey(ref)] as const
  const secondsToLive: UserSessionRecords['secondsToLive'] = ({ endsAt }) =>
    Math.min(idleSeconds, Math.ceil((endsAt - clock()) / 1_000))

  /**
   * After a tenth of the idle time: not every request should write. A failure is only logged: at worst the user session ends earlier.
   */
  async function extend(ref: UserSessionRef, seconds: number, idleSecondsLeft: number): Promise<void> {
    if (seconds - idleSecondsLeft < idleSeconds / 10) return
    try {
      await runScript(redis, EXTEND, keysOf(ref), [seconds])
    } catch (err) {
      log.warn({ err }, 'the idle time of a user session was not extended')
    }
  }

  return {
    secondsToLive,
    async use(ref) {
      const [userSession, idleSecondsLeft] = await Promise.all([reader.find(ref), redis.ttl(userSessionKey(ref))])
      if (userSession) await extend(ref, secondsToLive(userSession), idleSecondsLeft)
      return userSession
    },
    async create(ref, userSession) {
      const key = userSessionKey(ref)
      const created = await redis.set(key, record.seal(userSession, key), 'EX', secondsToLive(userSession), 'NX')
      if (created !== 'OK') throw new Error('A record of the new user session exists already')
    },
    async replace(ref, userSession) {
      const key = userSessionKey(ref)
      await redis.set(key, record.seal(userSession, key), 'EX', secondsToLive(userSession), 'XX')
    },
    async end(ref) {
      const sealedTokens = await runScript(redis, END, keysOf(ref), [USER_SESSION_ENDED_CHANNEL, ref])
      return { ref, ...(typeof sealedTokens === 'string' && { sealedTokens }) }
    },
  }
}
