import { userSessionRef } from '@agent-identity/service-runtime'
import { RedisStore } from 'connect-redis'
import type { Cookie, SessionData } from 'express-session'
import { SignedIn } from './current-user-session.ts'
import { HOST_COOKIE } from './host-cookies.ts'
import type { UserSessionRecords } from './user-session-records.ts'

declare module 'express-session' {
  interface SessionData {
    signedIn?: SignedIn
  }
}

/**
 * connect-redis between express-session and our records. It believes that it talks to ioredis; what it calls a key is the
 * session id, which {@link userSessionRef} turns into the record's name before anything leaves the process.
 */
export class UserSessionStore extends RedisStore {
  constructor(records: UserSessionRecords) {
    super({
      client: clientOf(records),
      prefix: '',
      serializer,
      ttl: ({ signedIn }: SessionData) => (signedIn ? records.secondsToLive(signedIn.userSession) : 0),
    })
    // Where a store can be touched, express-session holds every answer back for it, and sends it in two pieces.
    Object.defineProperty(this, 'touch', { value: undefined })
  }
}

/** What is a string to connect-redis is handed through as it is: the records seal and check it themselves. */
const clientOf = (records: UserSessionRecords) => ({
  async get(sid: string): Promise<SignedIn | undefined> {
    const ref = userSessionRef(sid)
    const userSession = await records.use(ref)
    return userSession && new SignedIn(ref, userSession)
  },
  set: (sid: string, { userSession }: SignedIn) => records.replace(userSessionRef(sid), userSession),
  del: ([sid]: [string]) => records.end(userSessionRef(sid)),
})

const serializer = {
  stringify: ({ signedIn }: SessionData) => signedIn as unknown as string,
  /** The cookie's attributes are ours, not the record's; without an expiry, the browser forgets it when it is closed. */
  parse: (stored: unknown): SessionData => ({
    signedIn: stored as SignedIn,
    cookie: { ...HOST_COOKIE, originalMaxAge: null, expires: null } satisfies Partial<Cookie> as Cookie,
  }),
}
