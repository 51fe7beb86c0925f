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
import { sealedUserSession, toCurrent, type UserSessionReader } from './user-session-reader.ts'

/** A request in flight must not revive an ended user session: `replace` restores no deleted record. */
export interface UserSessionRecords {
  /** Extends the idle time of the user session and of its tokens. */
  use(ref: UserSessionRef): Promise<CurrentUserSession | undefined>
  /** Not positive after the absolute end. */
  secondsToLive(userSession: Pick<UserSession, 'endsAt'>): number
  /** @returns the user session as it is stored */
  create(ref: UserSessionRef, userSession: UserSession): Promise<UserSession>
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

/** KEYS: user session, its tokens. ARGV: the user session as it was read, as it will be, seconds. A deleted record stays deleted. */
const EXTEND = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
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
  reader: Pick<UserSessionReader, 'read'>
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

  const usedNow = (userSession: UserSession) => ({
    ...userSession,
    idleEndsAt: clock() + secondsToLive(userSession) * 1_000,
  })
  const seal = (ref: UserSessionRef, userSession: UserSession) => record.seal(userSession, userSessionKey(ref))

  /**
   * After a tenth of the idle time: not every request should write. A failure is only logged: at worst the user session ends earlier.
   *
   * @returns the user session as it is stored now
   */
  async function extend(ref: UserSessionRef, seen: { sealed: string; userSession: UserSession }): Promise<UserSession> {
    const used = usedNow(seen.userSession)
    if (used.idleEndsAt - (seen.userSession.idleEndsAt ?? 0) < idleSeconds * 100) return seen.userSession
    try {
      const args = [seen.sealed, seal(ref, used), secondsToLive(used)]
      return (await runScript(redis, EXTEND, keysOf(ref), args)) === 1 ? used : seen.userSession
    } catch (err) {
      log.warn({ err }, 'the idle time of a user session was not extended')
      return seen.userSession
    }
  }

  return {
    secondsToLive,
    async use(ref) {
      const seen = await reader.read(ref)
      return seen && toCurrent(ref, await extend(ref, seen))
    },
    async create(ref, userSession) {
      const used = usedNow(userSession)
      const created = await redis.set(userSessionKey(ref), seal(ref, used), 'EX', secondsToLive(used), 'NX')
      if (created !== 'OK') throw new Error('A record of the new user session exists already')
      return used
    },
    async replace(ref, userSession) {
      await redis.set(userSessionKey(ref), seal(ref, userSession), 'EX', secondsToLive(userSession), 'XX')
    },
    async end(ref) {
      const sealedTokens = await runScript(redis, END, keysOf(ref), [USER_SESSION_ENDED_CHANNEL, ref])
      return { ref, ...(typeof sealedTokens === 'string' && { sealedTokens }) }
    },
  }
}
