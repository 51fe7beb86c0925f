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

/**
 * How the record of a user session is written, by its ref: nothing here ever sees the session id. `user-session-reader.ts` reads.
 *
 * | when | how | never |
 * |---|---|---|
 * | a user has signed in | `create`: SET NX, under a name that a new session id gives | in the place of another record |
 * | express-session has seen a change | `replace`: SET XX | where the record is gone: a request in flight must not revive what was signed out |
 * | a request of the user's | `use`: EXPIRE, of the tokens too | beyond the absolute end |
 * | signed out, or replaced by another sign-in | `end`: one script removes the record and the tokens, and tells every replica | in part |
 */
export interface UserSessionRecords {
  /** Reads for a request of the user's, which extends the idle time of the user session and of the tokens beside it. */
  use(ref: UserSessionRef): Promise<CurrentUserSession | undefined>
  /** How long a record that is used now may stay. Not positive once the absolute end has passed. */
  secondsToLive(userSession: Pick<UserSession, 'endsAt'>): number
  /** The one way in which a record comes into being. */
  create(ref: UserSessionRef, userSession: UserSession): Promise<void>
  /** Does nothing when the record is gone: a request in flight elsewhere must not revive what was signed out. */
  replace(ref: UserSessionRef, userSession: UserSession): Promise<void>
  end(ref: UserSessionRef): Promise<void>
}

/** What is gone stays gone: EXPIRE makes no key. */
const EXTEND = `
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[1]) end
`

/** One step, so that no kill leaves tokens behind or a replica untold. Both keys share a slot; channels have none. */
const END = `
local ended = redis.call('DEL', unpack(KEYS))
if ended > 0 then redis.call('PUBLISH', ARGV[1], ARGV[2]) end
return ended
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
   * Once a tenth of the idle time has passed, so that a busy user does not write with every request; an idle user is signed
   * out after nine to ten tenths. A failure is logged only: the worst that can follow is an earlier end.
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
      if (created !== 'OK') throw new Error('A new user session met an existing record')
    },
    async replace(ref, userSession) {
      const key = userSessionKey(ref)
      await redis.set(key, record.seal(userSession, key), 'EX', secondsToLive(userSession), 'XX')
    },
    async end(ref) {
      await runScript(redis, END, keysOf(ref), [USER_SESSION_ENDED_CHANNEL, ref])
    },
  }
}
