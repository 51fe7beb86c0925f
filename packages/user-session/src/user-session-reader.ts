import {
  type KeyRing,
  USER_SESSION_COOKIE,
  UserSession,
  type UserSessionRef,
  userSessionKey,
} from '@agent-identity/contracts'
import {
  type Clock,
  cookieOf,
  createSealedRecord,
  deriveSecrets,
  type Logger,
  type RedisClient,
  userRef,
  userSessionRef,
} from '@agent-identity/service-runtime'
import { unsign } from 'cookie-signature'
import type { Request } from 'express'
import type { CurrentUserSession } from './current-user-session.ts'
import { ignoreDuplicateHostCookies } from './host-cookies.ts'

/**
 * How a user session is read. A failing step means "not signed in"; one that cannot ask Redis throws.
 *
 * | step | refuses |
 * |---|---|
 * | 1 the cookie | none, two of them |
 * | 2 the signed session id | another signature |
 * | 3 the record's name, a hash of the session id | – |
 * | 4 the record | ended or expired, altered, moved, sealed with a removed key |
 * | 5 its end and the end of its idle time, by our clock | a record that outlived one of them |
 */
export interface UserSessionReader {
  /** All steps. */
  of(request: Pick<Request, 'headers'>): Promise<CurrentUserSession | undefined>
  /** Steps 1 and 2. */
  sessionIdOf(request: Pick<Request, 'headers'>): string | undefined
  /** Steps 4 and 5. */
  find(ref: UserSessionRef): Promise<CurrentUserSession | undefined>
  /** Steps 4 and 5, with the record as it is stored. */
  read(ref: UserSessionRef): Promise<{ sealed: string; userSession: UserSession } | undefined>
}

export function createUserSessionReader(deps: {
  redis: Pick<RedisClient, 'get'>
  userSessionKeys: KeyRing
  clock: Clock
  log: Logger
}): UserSessionReader {
  const { redis, clock, log } = deps
  const secrets = cookieSecrets(deps.userSessionKeys)
  const record = sealedUserSession(deps.userSessionKeys, log)

  const sessionIdOf: UserSessionReader['sessionIdOf'] = (request) => {
    ignoreDuplicateHostCookies(request, log)
    return signedValueOf(cookieOf(request.headers.cookie, USER_SESSION_COOKIE), secrets)
  }

  const read: UserSessionReader['read'] = async (ref) => {
    const key = userSessionKey(ref)
    const sealed = await redis.get(key)
    const userSession = sealed === null ? undefined : record.open(sealed, key)
    return sealed !== null && userSession && isAlive(userSession, clock) ? { sealed, userSession } : undefined
  }

  const find: UserSessionReader['find'] = async (ref) => {
    const stored = await read(ref)
    return stored && toCurrent(ref, stored.userSession)
  }

  return {
    sessionIdOf,
    find,
    read,
    async of(request) {
      const sessionId = sessionIdOf(request)
      return sessionId === undefined ? undefined : find(userSessionRef(sessionId))
    },
  }
}

/** Step 5. */
export const isAlive = (
  { endsAt, idleEndsAt = endsAt }: Pick<UserSession, 'endsAt' | 'idleEndsAt'>,
  clock: Clock,
): boolean => clock() < Math.min(endsAt, idleEndsAt)

export const toCurrent = (ref: UserSessionRef, userSession: UserSession): CurrentUserSession => ({
  ref,
  userRef: userRef(userSession.user),
  ...userSession,
})

export const sealedUserSession = (keys: KeyRing, log: Logger) =>
  createSealedRecord(keys, 'user session', UserSession, log)

/** The first secret signs, the others still verify: a new key does not end user sessions. */
export const cookieSecrets = (userSessionKeys: KeyRing): string[] =>
  deriveSecrets(userSessionKeys, 'user session cookie')

/** The value of a cookie that express-session has signed. */
function signedValueOf(cookie: string | undefined, secrets: readonly string[]): string | undefined {
  if (!cookie?.startsWith('s:')) return undefined
  const signed = cookie.slice(2)
  for (const secret of secrets) {
    const value = unsign(signed, secret)
    if (value !== false) return value
  }
  return undefined
}
