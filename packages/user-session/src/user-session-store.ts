import type { UserSession } from '@agent-identity/contracts'
import { type Logger, userSessionRef } from '@agent-identity/service-runtime'
import { RedisStore } from 'connect-redis'
import type { Cookie, SessionData } from 'express-session'
import { HOST_COOKIE } from './host-cookies.ts'
import type { StoredUserSession, UserSessionRecords } from './user-session-records.ts'

declare module 'express-session' {
  interface SessionData {
    userSession?: UserSession
    idleSecondsLeft?: number
  }
}

/**
 * connect-redis between express-session and our records. It believes that it talks to ioredis; what it calls a key is the
 * session id, which {@link userSessionRef} turns into the record's name before anything leaves the process.
 */
export class UserSessionStore extends RedisStore {
  readonly #settings: { idleSeconds: number; log: Logger }

  constructor(
    records: UserSessionRecords,
    settings: { idleSeconds: number; access: 'read-write' | 'read-only'; log: Logger },
  ) {
    super({
      client: settings.access === 'read-only' ? readOnlyClient(records) : readWriteClient(records),
      prefix: '',
      serializer,
      ttl: (session: SessionData) => (session.userSession ? records.secondsToLive(session.userSession) : 0),
      disableTouch: settings.access === 'read-only',
    })
    this.#settings = settings
  }

  /**
   * Extends the idle time when a tenth of it has passed, so that a busy user does not write with every request; an idle
   * user is signed out after nine to ten tenths. A failure is logged only: the answer has been made, and the worst that
   * can follow is an earlier end.
   */
  override async touch(sid: string, session: SessionData, done: (error?: unknown) => void = () => {}): Promise<void> {
    const { idleSeconds, log } = this.#settings
    const gain = (this.ttl as (session: SessionData) => number)(session) - (session.idleSecondsLeft ?? 0)
    if (gain < idleSeconds / 10) return done()
    await super.touch(sid, session, (err) => {
      if (err) log.warn({ err }, 'the idle time of a user session was not extended')
      done()
    })
  }
}

/** What is a string to connect-redis is handed through as it is: the records seal and check it themselves. */
const readOnlyClient = (records: UserSessionRecords) => ({
  get: (sid: string) => records.read(userSessionRef(sid)),
})

const readWriteClient = (records: UserSessionRecords) => ({
  ...readOnlyClient(records),
  set: (sid: string, userSession: UserSession) => records.replace(userSessionRef(sid), userSession),
  expire: (sid: string, seconds: number) => records.touch(userSessionRef(sid), seconds),
  del: ([sid]: [string]) => records.end(userSessionRef(sid)),
})

const serializer = {
  stringify: ({ userSession }: SessionData) => userSession as unknown as string,
  /** The cookie's attributes are ours, not the record's; without an expiry, the browser forgets it when it is closed. */
  parse: (stored: unknown): SessionData => ({
    ...(stored as StoredUserSession as Omit<SessionData, 'cookie'>),
    cookie: { ...HOST_COOKIE, originalMaxAge: null, expires: null } satisfies Partial<Cookie> as Cookie,
  }),
}
