import {
  type KeyRing,
  USER_SESSION_COOKIE,
  type User,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import {
  ApiError,
  browserHash,
  type Clock,
  issuerSessionRef,
  type Logger,
  type RedisClient,
  randomToken,
  userSessionRef,
} from '@agent-identity/service-runtime'
import type { Request, RequestHandler } from 'express'
import session from 'express-session'
import type { CurrentUserSession } from './current-user-session.ts'
import { HOST_COOKIE, removeCookies } from './host-cookies.ts'
import type { EndedAtIssuer } from './logout-token.ts'
import type { SignInFacts } from './sign-in-facts.ts'
import { isTrustworthyOrigin } from './trustworthy-origin.ts'
import { createUserSessionIndex, type FoundUserSessions } from './user-session-index.ts'
import { cookieSecrets, createUserSessionReader, isAlive, toCurrent } from './user-session-reader.ts'
import { createUserSessionRecords, type EndedUserSession, type UserSessionRecords } from './user-session-records.ts'
import { UserSessionStore } from './user-session-store.ts'

export interface UserSessionsDeps {
  redis: RedisClient
  userSessionKeys: KeyRing
  publicUrl: string
  idleSeconds: number
  /** Required where users sign in. */
  absoluteSeconds?: number
  /** Requests that a page makes without its user: they do not extend the idle time. */
  isUnattended?(request: Pick<Request, 'method' | 'path'>): boolean
  clock: Clock
  log: Logger
}

const OUR_COOKIE = new Set([USER_SESSION_COOKIE])

type SessionRequest = Pick<Request, 'session' | 'sessionID'>

export interface UserSessions {
  /** Without Redis, a request with a cookie that we signed is an error, neither signed in nor signed out. */
  middleware: RequestHandler
  /** As this request has read it: the user session may have ended since. */
  current(request: SessionRequest): CurrentUserSession | undefined
  /** Reads the user session now, without a request. */
  find(ref: UserSessionRef): Promise<CurrentUserSession | undefined>
  requireUser: RequestHandler
  /**
   * Signs the user in under a new session id, after this browser's old user session was ended.
   *
   * @param onReplaced called as soon as the old one has ended: what follows may fail. It must not throw.
   */
  begin(
    request: SessionRequest,
    user: User,
    signIn?: SignInFacts,
    onReplaced?: (ended: EndedUserSession) => Promise<void>,
  ): Promise<BegunUserSession>
  end(request: SessionRequest): Promise<EndedUserSession | undefined>
  findEnded(ended: EndedAtIssuer): Promise<FoundUserSessions>
  /** The refs as listed: some may be of dead user sessions, or of another user's. */
  refsOfUser(user: UserRef): Promise<UserSessionRef[]>
  ofUser(user: UserRef): Promise<CurrentUserSession[]>
  endFound(userSession: CurrentUserSession): Promise<EndedUserSession>
}

export interface BegunUserSession {
  session: CurrentUserSession
  /** For this browser's cookie only: the server stores its hash. */
  browserSecret: string
  secondsToLive: number
}

export function createUserSessions(deps: UserSessionsDeps): UserSessions {
  const { clock, absoluteSeconds } = deps
  if (!isTrustworthyOrigin(deps.publicUrl))
    throw new Error(
      'User sessions need a public URL that is https, or on this machine: browsers drop the cookie otherwise',
    )
  const reader = createUserSessionReader(deps)
  const records = createUserSessionRecords({ ...deps, reader })
  const index = createUserSessionIndex({ ...deps, reader })
  const expressSessionOver = (stored: UserSessionRecords) =>
    session({
      name: USER_SESSION_COOKIE,
      secret: cookieSecrets(deps.userSessionKeys),
      genid: () => randomToken(32),
      store: new UserSessionStore(stored),
      cookie: HOST_COOKIE,
      resave: false,
      saveUninitialized: false,
    })
  const extending = expressSessionOver(records)
  const reading = expressSessionOver({ ...records, use: reader.find })

  const stored = (request: SessionRequest) => request.session?.userSession
  /** A request may outlive its user session. */
  const current = (request: SessionRequest) => {
    const userSession = stored(request)
    return userSession && isAlive(userSession, clock) ? userSession : undefined
  }

  const endFound = async (userSession: CurrentUserSession) => {
    const ended = await records.end(userSession.ref)
    // A failure does no harm: what the index names is skipped unless it is alive.
    await index.remove(userSession).catch(() => undefined)
    return ended
  }

  return {
    middleware(request, response, next) {
      // express-session has another parser: it gets a cookie that has passed, or none.
      if (reader.sessionIdOf(request) === undefined) removeCookies(request, OUR_COOKIE)
      believeConnectionIsSecure(request)
      const expressSession = deps.isUnattended?.(request) ? reading : extending
      expressSession(request, response, next)
    },
    current,
    find: reader.find,
    requireUser: (request, _response, next) => next(current(request) ? undefined : new ApiError('not_signed_in')),

    async begin(request, user, { sid, authenticatedAt, administratorOf } = {}, onReplaced) {
      if (absoluteSeconds === undefined) throw new Error('Users cannot sign in without an absolute lifetime')
      const replaced = stored(request)
      try {
        const ended = replaced && (await endFound(replaced))
        if (ended) await onReplaced?.(ended)
        // Session fixation: a session id from before the sign-in must be invalid after it.
        await settle((done) => request.session.regenerate(done))
        const signedInAt = clock()
        const ref = userSessionRef(request.sessionID)
        const browserSecret = randomToken(32)
        const userSession = {
          user,
          signedInAt,
          endsAt: signedInAt + absoluteSeconds * 1_000,
          browserHash: browserHash(browserSecret, ref),
          ...(sid !== undefined && { issuerSession: issuerSessionRef(user.issuer, sid) }),
          ...(authenticatedAt !== undefined && { authenticatedAt }),
          ...(administratorOf !== undefined && { administratorOf }),
        }
        // Before the record: a logout token or an erasure must find the user session as soon as it lives.
        await index.add(toCurrent(ref, userSession))
        const current = toCurrent(ref, await records.create(ref, userSession))
        request.session.userSession = current
        return {
          session: current,
          browserSecret,
          secondsToLive: records.secondsToLive(userSession),
        }
      } catch (error) {
        // Otherwise express-session would send the cookie of a session that was not stored.
        Reflect.deleteProperty(request, 'session')
        throw error
      }
    },
    async end(request) {
      const ended = stored(request)
      if (!ended) return undefined
      // express-session then neither stores the session nor sends its cookie. Its own `destroy` would not return the tokens.
      Reflect.deleteProperty(request, 'session')
      return endFound(ended)
    },
    findEnded: index.find,
    refsOfUser: index.refsOfUser,
    ofUser: index.ofUser,
    endFound,
  }
}

/**
 * express-session omits a Secure cookie over plain HTTP, as behind the load balancer. A header could be forged, and the public URL was
 * checked, so every connection counts as secure.
 */
function believeConnectionIsSecure(request: Request): void {
  Object.defineProperty(request, 'secure', { value: true })
}

const settle = (act: (done: (error?: unknown) => void) => void) =>
  new Promise<void>((resolve, reject) => act((error) => (error ? reject(error) : resolve())))
