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
 * express-session asks connect-redis for a session, to store one or to remove one; connect-redis asks a client of Redis. This client is
 * ours: what it is given as a key is the session id, which becomes the record's name before anything leaves the process, and
 * what it is given as a value is sealed there. `libraries.test.ts` holds what is relied on of both.
 *
 * | express-session | connect-redis | here |
 * |---|---|---|
 * | get, at the start of a request | `client.get(id)`, then `parse` | `records.use`: read, and extend the idle time |
 * | set, when a session was changed | `stringify`, then `client.set(id, text, 'EX', seconds)` | `records.replace`: never makes a record |
 * | set, of a session without a user | `ttl` is 0, so `client.del([id])` | removes nothing: there is no such record |
 * | destroy | `client.del([id])` | `records.end` |
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
        del: ([sessionId]: [string]) => records.end(userSessionRef(sessionId)),
      },
      prefix: '',
      serializer: {
        stringify: ({ userSession }: SessionData) => JSON.stringify(userSession),
        parse: (userSession: string): SessionData => ({
          userSession: JSON.parse(userSession) as CurrentUserSession,
          // Its attributes are ours, not the record's; without an expiry, the browser forgets it when it is closed.
          cookie: { ...HOST_COOKIE, originalMaxAge: null, expires: null } satisfies Partial<Cookie> as Cookie,
        }),
      },
      ttl: ({ userSession }: SessionData) => (userSession ? records.secondsToLive(userSession) : 0),
    })
    // A store need not have it. Where it does, express-session holds every answer back for it, and sends it in two pieces.
    Object.defineProperty(this, 'touch', { value: undefined })
  }
}
