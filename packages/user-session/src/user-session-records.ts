import {
  type KeyRing,
  USER_SESSION_ENDED_CHANNEL,
  UserSession,
  type UserSessionRef,
  userSessionKey,
  userTokensKey,
} from '@agent-identity/contracts'
import {
  type Clock,
  createSealedRecord,
  type Logger,
  type RedisClient,
  runScript,
  type SealedRecord,
} from '@agent-identity/service-runtime'

/** The user session's record in Redis, by its ref: nothing here ever sees the session id. */
export interface UserSessionRecords {
  /** Sends nothing but GET. */
  read(ref: UserSessionRef): Promise<UserSession | undefined>
  /** The same for a request of the user's, which extends the idle time of the user session and of the tokens beside it. */
  use(ref: UserSessionRef): Promise<UserSession | undefined>
  /** How long a record that is used now may stay. Not positive once the absolute end has passed. */
  secondsToLive(userSession: UserSession): number
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

export const sealedUserSession = (keys: KeyRing, log: Logger): SealedRecord<UserSession> =>
  createSealedRecord(keys, 'user session', UserSession, log)

export const readUserSessions =
  (redis: RedisClient, record: SealedRecord<UserSession>): UserSessionRecords['read'] =>
  async (ref) => {
    const key = userSessionKey(ref)
    const sealed = await redis.get(key)
    return sealed === null ? undefined : record.open(sealed, key)
  }

export function createUserSessionRecords(deps: {
  redis: RedisClient
  userSessionKeys: KeyRing
  idleSeconds: number
  clock: Clock
  log: Logger
}): UserSessionRecords {
  const { redis, idleSeconds, clock, log } = deps
  const record = sealedUserSession(deps.userSessionKeys, log)
  const keysOf = (ref: UserSessionRef) => [userSessionKey(ref), userTokensKey(ref)] as const
  const secondsToLive = (userSession: UserSession) =>
    Math.min(idleSeconds, Math.ceil((userSession.endsAt - clock()) / 1_000))

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
    read: readUserSessions(redis, record),
    async use(ref) {
      const key = userSessionKey(ref)
      const [sealed, idleSecondsLeft] = await Promise.all([redis.get(key), redis.ttl(key)])
      const userSession = sealed === null ? undefined : record.open(sealed, key)
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
