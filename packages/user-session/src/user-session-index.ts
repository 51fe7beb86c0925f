import {
  type UserRef,
  UserSessionRef,
  userSessionsOfIssuerSessionKey,
  userSessionsOfUserKey,
} from '@agent-identity/contracts'
import {
  addToExpiringIndex,
  type Clock,
  issuerSessionRef,
  type RedisClient,
  userRef,
} from '@agent-identity/service-runtime'
import type { CurrentUserSession } from './current-user-session.ts'
import type { EndedAtIssuer } from './logout-token.ts'
import type { UserSessionReader } from './user-session-reader.ts'

/** `failures`: why records could not be read. Their user sessions may be alive. */
export interface FoundUserSessions {
  userSessions: CurrentUserSession[]
  failures: unknown[]
}

/** The index is only a hint: an entry counts only if its own sealed record matches. */
export interface UserSessionIndex {
  add(userSession: CurrentUserSession): Promise<void>
  remove(userSession: CurrentUserSession): Promise<void>
  /** The user sessions that are alive and that a logout token means. */
  find(ended: EndedAtIssuer): Promise<FoundUserSessions>
  /** The refs as listed: some may be of dead user sessions, or of another user's. */
  refsOfUser(user: UserRef): Promise<UserSessionRef[]>
  /** The user sessions that are alive. */
  ofUser(user: UserRef): Promise<CurrentUserSession[]>
}

/** A user may have thousands of user sessions. They are read in parts: other requests are served in between. */
const READ_AT_ONCE = 100

export function createUserSessionIndex(deps: {
  redis: RedisClient
  reader: Pick<UserSessionReader, 'find'>
  clock: Clock
}): UserSessionIndex {
  const { redis, reader, clock } = deps
  const refsIn = async (key: string) =>
    (await redis.zrange(key, 0, -1)).flatMap((ref) => UserSessionRef.safeParse(ref).data ?? [])

  async function aliveAmong(refs: readonly UserSessionRef[]): Promise<FoundUserSessions> {
    const all: PromiseSettledResult<CurrentUserSession | undefined>[] = []
    for (let read = 0; read < refs.length; read += READ_AT_ONCE)
      all.push(...(await Promise.allSettled(refs.slice(read, read + READ_AT_ONCE).map((ref) => reader.find(ref)))))
    return {
      userSessions: all.flatMap((one) => (one.status === 'fulfilled' && one.value) || []),
      failures: all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : [])),
    }
  }

  const keysOf = ({ userRef, issuerSession }: CurrentUserSession) => [
    userSessionsOfUserKey(userRef),
    ...(issuerSession ? [userSessionsOfIssuerSessionKey(issuerSession)] : []),
  ]

  return {
    async add(userSession) {
      const { ref, endsAt } = userSession
      const entry = { id: ref, endsAt, now: clock() }
      await Promise.all(keysOf(userSession).map((key) => addToExpiringIndex(redis, key, entry)))
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
      const { userSessions, failures } = await aliveAmong(refs)
      return { userSessions: userSessions.filter((userSession) => isMeant(ended, userSession)), failures }
    },
    refsOfUser: (user) => refsIn(userSessionsOfUserKey(user)),
    async ofUser(user) {
      const { userSessions, failures } = await aliveAmong(await refsIn(userSessionsOfUserKey(user)))
      if (failures.length > 0) throw failures[0]
      return userSessions.filter((userSession) => userSession.userRef === user)
    },
  }
}

/** Everything in the token must match. If the issuer sent no `sid` at sign-in, the user is enough. */
export function isMeant({ issuer, subject, sid }: EndedAtIssuer, { user, issuerSession }: CurrentUserSession): boolean {
  if (user.issuer !== issuer || (subject !== undefined && user.subject !== subject)) return false
  if (sid === undefined) return subject !== undefined
  return issuerSession === undefined ? subject !== undefined : issuerSession === issuerSessionRef(issuer, sid)
}
