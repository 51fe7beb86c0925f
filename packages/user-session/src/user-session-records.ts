import {
  type KeyRing,
  USER_SESSION_ENDED_CHANNEL,
  UserSession,
  type UserSessionRef,
  userSessionKey,
  userTokensKey,
} from '@agent-identity/contracts'
import type { Clock, Logger, RedisClient } from '@agent-identity/service-runtime'
import { createSealedRecord } from './sealed-record.ts'

export interface StoredUserSession {
  userSession: UserSession
  /** Until the record expires unless somebody uses it. Not known to who may only read. */
  idleSecondsLeft?: number | undefined
}

/** The user session's record in Redis, by its ref: nothing here ever sees the session id. */
export interface UserSessionRecords {
  read(ref: UserSessionRef): Promise<StoredUserSession | undefined>
  /** How long a record that is used now may stay. Not positive once the absolute end has passed. */
  secondsToLive(userSession: UserSession): number
  /** The one way in which a record comes into being. */
  create(ref: UserSessionRef, userSession: UserSession): Promise<void>
  /** Does nothing when the record is gone: a request in flight elsewhere must not revive what was signed out. */
  replace(ref: UserSessionRef, userSession: UserSession): Promise<void>
  /** Extends the idle time of the user session and of the tokens beside it. */
  touch(ref: UserSessionRef, seconds: number): Promise<void>
  end(ref: UserSessionRef): Promise<void>
}

const TOUCH = `
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
  userSessionKeys: KeyRing
  idleSeconds: number
  clock: Clock
  log: Logger
  access: 'read-write' | 'read-only'
}): UserSessionRecords {
  const { redis, idleSeconds, clock } = deps
  const record = createSealedRecord(deps.userSessionKeys, 'user session', UserSession, deps.log)
  const keysOf = (ref: UserSessionRef) => [userSessionKey(ref), userTokensKey(ref)] as const
  const secondsToLive = (userSession: UserSession) =>
    Math.min(idleSeconds, Math.ceil((userSession.endsAt - clock()) / 1_000))

  /** Both commands in one packet. */
  async function readWithTtl(key: string): Promise<[sealed: string | null, seconds: number]> {
    const replies = await redis.pipeline().get(key).ttl(key).exec()
    const [sealed, seconds] = (replies ?? []).map(([error, reply]) => {
      if (error) throw error
      return reply
    })
    return [sealed as string | null, seconds as number]
  }

  return {
    secondsToLive,
    async read(ref) {
      const key = userSessionKey(ref)
      const [sealed, idleSecondsLeft] = deps.access === 'read-write' ? await readWithTtl(key) : [await redis.get(key)]
      const userSession = sealed === null ? undefined : record.open(sealed, key)
      return userSession && { userSession, idleSecondsLeft }
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
    async touch(ref, seconds) {
      await redis.eval(TOUCH, 2, ...keysOf(ref), seconds)
    },
    async end(ref) {
      await redis.eval(END, 2, ...keysOf(ref), USER_SESSION_ENDED_CHANNEL, ref)
    },
  }
}
