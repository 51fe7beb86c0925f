import { type KeyRing, USER_SESSION_COOKIE, type UserSessionRef } from '@agent-identity/contracts'
import {
  type Clock,
  cookieOf,
  deriveSecrets,
  type Logger,
  type RedisClient,
  userSessionRef,
} from '@agent-identity/service-runtime'
import { unsign } from 'cookie-signature'
import type { Request } from 'express'
import { type CurrentUserSession, toCurrent } from './current-user-session.ts'
import { ignoreDuplicateHostCookies } from './host-cookies.ts'
import { readUserSessions, sealedUserSession, type UserSessionRecords } from './user-session-records.ts'

/**
 * For a service that asks who is signed in and signs nobody in or out: it sends Redis nothing but GET, and the browser no
 * cookie. So it goes without express-session, whose business is to make sessions, to see that they have changed and to write
 * them; the cookie is the one that express-session signs.
 */
export interface UserSessionReader {
  /** Who sent this request. Redis away is an error, neither signed in nor out. */
  of(request: Pick<Request, 'headers'>): Promise<CurrentUserSession | undefined>
}

export function createUserSessionReader(deps: {
  redis: RedisClient
  userSessionKeys: KeyRing
  clock: Clock
  log: Logger
}): UserSessionReader {
  const secrets = cookieSecrets(deps.userSessionKeys)
  const read = readUserSessions(deps.redis, sealedUserSession(deps.userSessionKeys, deps.log))
  const find = findUserSession(read, deps.clock)

  return {
    async of(request) {
      ignoreDuplicateHostCookies(request, deps.log)
      const sessionId = sessionIdIn(cookieOf(request.headers.cookie, USER_SESSION_COOKIE), secrets)
      return sessionId === undefined ? undefined : find(userSessionRef(sessionId))
    },
  }
}

/** The sealing key's secret signs, the other keys' still verify: rotation signs nobody out. */
export const cookieSecrets = (userSessionKeys: KeyRing): string[] =>
  deriveSecrets(userSessionKeys, 'user session cookie')

/** A live user session by its ref. The key's time to live is no proof: expiry is decided by the clock. */
export const findUserSession =
  (read: UserSessionRecords['read'], clock: Clock) =>
  async (ref: UserSessionRef): Promise<CurrentUserSession | undefined> => {
    const userSession = await read(ref)
    return userSession && clock() < userSession.endsAt ? toCurrent(ref, userSession) : undefined
  }

/** express-session's cookie: `s:`, the session id, and its signature. */
function sessionIdIn(cookie: string | undefined, secrets: readonly string[]): string | undefined {
  if (!cookie?.startsWith('s:')) return undefined
  const signed = cookie.slice(2)
  for (const secret of secrets) {
    const sessionId = unsign(signed, secret)
    if (sessionId !== false) return sessionId
  }
  return undefined
}
