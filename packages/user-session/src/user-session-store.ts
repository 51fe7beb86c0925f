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
 * The store of connect-redis over a client of ours, whose keys are session ids. The client replaces them by the record's name before
 * anything leaves the process. `express-session.test.ts` and `connect-redis.test.ts` test the behaviour on which this depends.
 *
 * | express-session | connect-redis | here |
 * |---|---|---|
 * | get, at the start of a request | `client.get(id)`, then `parse` | `records.use`: read, and extend the idle time; of an unattended request `find` |
 * | set, when a session was changed | `stringify`, then `client.set(id, text, 'EX', seconds)` | `records.replace`: creates no record |
 * | set, of a session without a user | `ttl` is 0, so `client.del([id])` | removes nothing: there is no such record |
 * | destroy, of a session that a new one replaces | `client.del([id])` | `records.end` |
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
          // Without an expiry, the cookie is for one session of the browser.
          cookie: { ...HOST_COOKIE, originalMaxAge: null, expires: null } satisfies Partial<Cookie> as Cookie,
        }),
      },
      ttl: ({ userSession }: SessionData) => (userSession ? records.secondsToLive(userSession) : 0),
    })
    // With `touch`, which is optional, express-session delays answers, and sends them in two pieces.
    Object.defineProperty(this, 'touch', { value: undefined })
  }
}
