import {
  type KeyRing,
  USER_SESSION_ENDED_CHANNEL,
  type UserSessionRef,
  UserTokens,
  userSessionKey,
  userTokensKey,
} from '@agent-identity/contracts'
import { createSealedRecord, type Logger, type RedisClient, runScript } from '@agent-identity/service-runtime'

/** `sealed`: as it was read, to notice a record that was replaced since. */
export interface StoredUserTokens {
  sealed: string
  tokens: UserTokens
}

/** Read and written only while the user session exists. */
export interface UserTokensRecords {
  read(ref: UserSessionRef): Promise<StoredUserTokens | undefined>
  /** Opens what was read elsewhere. */
  open(ref: UserSessionRef, sealed: string): UserTokens | undefined
  /** False when the user session has ended. */
  create(ref: UserSessionRef, tokens: UserTokens, ttlSeconds: number): Promise<boolean>
  /** False when the user session has ended, or the stored record is not the one that was read. */
  replace(ref: UserSessionRef, seen: StoredUserTokens, tokens: UserTokens): Promise<boolean>
  /** Ends the user session, too. False when the stored record is not the one that was read: then nothing has ended. */
  end(ref: UserSessionRef, seen: StoredUserTokens): Promise<boolean>
}

const CREATE = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
return 1
`

/** KEEPTTL: a refresh may happen without the user, and must not extend the idle time. */
const REPLACE = `
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'KEEPTTL')
return 1
`

const END = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1
`

export function createUserTokensRecords(deps: {
  redis: RedisClient
  userTokensKeys: KeyRing
  log: Logger
}): UserTokensRecords {
  const { redis } = deps
  const record = createSealedRecord(deps.userTokensKeys, 'user tokens', UserTokens, deps.log)
  const keysOf = (ref: UserSessionRef) => [userSessionKey(ref), userTokensKey(ref)] as const

  return {
    async read(ref) {
      const [userSession, key] = keysOf(ref)
      const [alive, sealed] = await Promise.all([redis.exists(userSession), redis.get(key)])
      if (alive !== 1 || sealed === null) return undefined
      const tokens = record.open(sealed, key)
      return tokens && { sealed, tokens }
    },
    open: (ref, sealed) => record.open(sealed, userTokensKey(ref)),
    async create(ref, tokens, ttlSeconds) {
      const keys = keysOf(ref)
      return (await runScript(redis, CREATE, keys, [record.seal(tokens, keys[1]), ttlSeconds])) === 1
    },
    async replace(ref, seen, tokens) {
      const keys = keysOf(ref)
      return (await runScript(redis, REPLACE, keys, [seen.sealed, record.seal(tokens, keys[1])])) === 1
    },
    async end(ref, seen) {
      return (await runScript(redis, END, keysOf(ref), [seen.sealed, USER_SESSION_ENDED_CHANNEL, ref])) === 1
    },
  }
}
