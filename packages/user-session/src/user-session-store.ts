import { UserSession } from '@agent-identity/contracts'
import { userSessionRef } from '@agent-identity/service-runtime'
import { RedisStore } from 'connect-redis'
import type { Cookie, SessionData } from 'express-session'
import type { CurrentUserSession } from './current-user-session.ts'
import { HOST_COOKIE } from './host-cookies.ts'
import type { UserSessionRecords } from './user-session-records.ts'

declare module 'express-session' {
  interface SessionData {
    userSession?: CurrentUserSession
  }
}

/**
 * The client replaces session ids by the record's name before anything goes to Redis. A session without a user has the `ttl` 0:
 * connect-redis then calls `del`, and there is no such record. `express-session.test.ts` and `connect-redis.test.ts` test what this
 * depends on.
 */
export class UserSessionStore extends RedisStore {
  constructor(records: UserSessionRecords) {
    super({
      client: {
        async get(sessionId: string): Promise<string | null> {
          const userSession = await records.use(userSessionRef(sessionId))
          return userSession ? JSON.stringify(userSession) : null
        },
        set: (sessionId: string, userSession: string) =>
          records.replace(userSessionRef(sessionId), UserSession.parse(JSON.parse(userSession))),
        del: async ([sessionId]: [string]) => void (await records.end(userSessionRef(sessionId))),
      },
      prefix: '',
      serializer: {
        stringify: ({ userSession }: SessionData) => JSON.stringify(userSession),
        parse: (userSession: string): SessionData => ({
          userSession: JSON.parse(userSession) as CurrentUserSession,
          // Without an expiry: for one session of the browser.
          cookie: { ...HOST_COOKIE, originalMaxAge: null, expires: null } satisfies Partial<Cookie> as Cookie,
        }),
      },
      ttl: ({ userSession }: SessionData) => (userSession ? records.secondsToLive(userSession) : 0),
    })
    // With `touch`, express-session delays answers, and sends them in two pieces.
    Object.defineProperty(this, 'touch', { value: undefined })
  }
}
