import { UserSessionRef, userSessionsOfIssuerSessionKey, userSessionsOfUserKey } from '@agent-identity/contracts'
import { type Clock, issuerSessionRef, type RedisClient, runScript, userRef } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from './current-user-session.ts'
import type { EndedAtIssuer } from './logout-token.ts'
import type { UserSessionReader } from './user-session-reader.ts'

/**
 * An index of the user sessions of a user, and of those of one session at the issuer. Only a hint: each entry counts only if its own
 * sealed record matches.
 */
export interface UserSessionIndex {
  add(userSession: CurrentUserSession): Promise<void>
  /** For a user session that ended early. Otherwise the index would name it until its absolute end. */
  remove(userSession: CurrentUserSession): Promise<void>
  /** Those that are alive and match. */
  find(ended: EndedAtIssuer): Promise<CurrentUserSession[]>
}

/** Adds one, removes those whose absolute end has passed, and expires with the last one. */
const ADD = `
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
for _, over in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])) do redis.call('ZREM', KEYS[1], over) end
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
if last[2] then redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last[2])) end
`

/** Who signs in all day has thousands: other requests come in between. */
const READ_AT_ONCE = 100

export function createUserSessionIndex(deps: {
  redis: RedisClient
  reader: Pick<UserSessionReader, 'find'>
  clock: Clock
}): UserSessionIndex {
  const { redis, reader, clock } = deps
  const refsIn = async (key: string) =>
    (await redis.zrange(key, 0, -1)).flatMap((ref) => UserSessionRef.safeParse(ref).data ?? [])

  const keysOf = ({ userRef, issuerSession }: CurrentUserSession) => [
    userSessionsOfUserKey(userRef),
    ...(issuerSession ? [userSessionsOfIssuerSessionKey(issuerSession)] : []),
  ]

  return {
    async add(userSession) {
      const { ref, endsAt } = userSession
      await Promise.all(keysOf(userSession).map((key) => runScript(redis, ADD, [key], [endsAt, ref, clock()])))
    },
    async remove(userSession) {
      await Promise.all(keysOf(userSession).map((key) => redis.zrem(key, userSession.ref)))
    },
    async find(ended) {
      const { issuer, subject, sid } = ended
      const keys = [
        ...(subject === undefined ? [] : [userSessionsOfUserKey(userRef({ issuer, subject }))]),
        ...(sid === undefined ? [] : [userSessionsOfIssuerSessionKey(issuerSessionRef(issuer, sid))]),
      ]
      const refs = [...new Set((await Promise.all(keys.map(refsIn))).flat())]
      const found: (CurrentUserSession | undefined)[] = []
      for (let read = 0; read < refs.length; read += READ_AT_ONCE)
        found.push(...(await Promise.all(refs.slice(read, read + READ_AT_ONCE).map((ref) => reader.find(ref)))))
      return found.flatMap((userSession) => (userSession && isMeant(ended, userSession) ? userSession : []))
    },
  }
}

/**
 * Everything in the token must match the user session. If the issuer did not send a `sid` at sign-in, it is unknown whether this is the
 * session that has ended: then it ends if the token names its user.
 */
export function isMeant({ issuer, subject, sid }: EndedAtIssuer, { user, issuerSession }: CurrentUserSession): boolean {
  if (user.issuer !== issuer || (subject !== undefined && user.subject !== subject)) return false
  if (sid === undefined) return subject !== undefined
  return issuerSession === undefined ? subject !== undefined : issuerSession === issuerSessionRef(issuer, sid)
}
