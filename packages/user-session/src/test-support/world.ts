import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { KeyRing, UserSessionRef } from '@agent-identity/contracts'
import { errorHandler } from '@agent-identity/service-runtime'
import { expect } from '@jest/globals'
import express, { type RequestHandler } from 'express'
import type { Redis } from 'ioredis'
import type { Configuration } from 'oidc-provider'
import {
  createOidcClient,
  createRevocations,
  createUserSessionReader,
  createUserSessions,
  createUserTokens,
  endedByRefusal,
  type SignInAuditEvent,
  type SignInDeps,
  signInRoutes,
  type UserSessions,
  type UserTokenStore,
} from '../index.ts'
import { type Browser, createBrowser } from './browser.ts'
import { CLIENT, startIssuer } from './issuer.ts'
import { keyRing } from './key-ring.ts'
import { createRecordedLog } from './recorded-log.ts'
import { startRedisServer } from './redis-server.ts'

export const PUBLIC_URL = 'https://app.example'
export const IDLE_SECONDS = 1_000
export const ABSOLUTE_SECONDS = 4_000

export interface ReplicaOptions {
  userSessionKeys?: KeyRing
  userTokensKeys?: KeyRing
  redis?: Redis
  onSignOut?: (ref: UserSessionRef) => Promise<void>
  signOut?: 'rp-initiated' | 'cognito'
  issuerEndsSessions?: boolean
  /** Long by default: a test may hold the issuer's answer. `undefined`: the product's own timeout. */
  timeoutSeconds?: number | undefined
  limitBackChannelLogout?: RequestHandler
  isErased?: SignInDeps['isErased']
  onAudit?: (event: SignInAuditEvent) => void
  held?: () => Promise<void>
  /** Between storing a user session and storing its tokens. */
  beforeTokens?: () => Promise<unknown>
}

export interface Replica {
  url: string
  sessions: UserSessions
  tokens: UserTokenStore
}

export type World = Awaited<ReturnType<typeof startWorld>>

/** Two replicas of an app over one Redis and one issuer. */
export async function startWorld(issuerConfiguration?: Configuration, everyReplica: ReplicaOptions = {}) {
  const redisServer = await startRedisServer()
  const issuer = await startIssuer({ publicUrl: PUBLIC_URL }, issuerConfiguration)
  const redis = await redisServer.connect()
  const recorded = createRecordedLog()
  const audit: SignInAuditEvent[] = []
  const servers: Server[] = []
  const revoking: ReturnType<typeof createRevocations>[] = []
  let clockOffset = 0
  const clock = () => Date.now() + clockOffset

  async function replica(given: ReplicaOptions = {}): Promise<Replica> {
    const options = { beforeTokens: async () => undefined, timeoutSeconds: 60, ...everyReplica, ...given }
    const { log } = recorded
    const connection = options.redis ?? (await redisServer.connect())
    const userTokensKeys = options.userTokensKeys ?? keyRing('t1', 't1')
    const userSessionKeys = options.userSessionKeys ?? keyRing('s1', 's1')
    const reader = createUserSessionReader({ redis: connection, userSessionKeys, clock, log })
    const sessions = createUserSessions({
      redis: connection,
      userSessionKeys,
      publicUrl: PUBLIC_URL,
      idleSeconds: IDLE_SECONDS,
      absoluteSeconds: ABSOLUTE_SECONDS,
      isUnattended: ({ path }) => path === '/unattended',
      clock,
      log,
    })
    const oidc = createOidcClient({
      issuer: issuer.url,
      ...CLIENT,
      scopes: 'openid profile email',
      publicUrl: PUBLIC_URL,
      signOut: options.signOut ?? 'rp-initiated',
      timeoutSeconds: options.timeoutSeconds,
      clock,
      log,
    })
    const record = (event: SignInAuditEvent) => {
      audit.push(event)
      options.onAudit?.(event)
    }
    const revocations = createRevocations({ oidc, audit: record, log })
    revoking.push(revocations)
    const tokens = createUserTokens({ redis: connection, userTokensKeys, sessions, oidc, revocations, clock, log })
    const { onSignOut } = options
    tokens.onRefused(endedByRefusal({ sessions, audit: record, ...(onSignOut && { onSignOut }), log }))
    const app = express()
    app.use((request, _response, next) => {
      Object.assign(request, { id: 'a-request' })
      next()
    })
    app.get('/whoami/read', async (request, response) => {
      const current = await reader.of(request)
      response.status(current ? 200 : 401).json(current)
    })
    app.use(sessions.middleware)
    app.use(
      signInRoutes({
        sessions,
        tokens: { ...tokens, save: (...saved) => options.beforeTokens().then(() => tokens.save(...saved)) },
        oidc,
        revocations,
        redis: connection,
        userTokensKeys,
        publicUrl: PUBLIC_URL,
        clock,
        log,
        renderSignInFailed: (response, status) => void response.status(status).send('Signing in did not work.'),
        ...(options.issuerEndsSessions && {
          limitBackChannelLogout: options.limitBackChannelLogout ?? ((_request, _response, next) => next()),
        }),
        ...(options.isErased && { isErased: options.isErased }),
        audit: record,
        ...(onSignOut && { onSignOut }),
      }),
    )
    app.get(
      ['/whoami', '/unattended'],
      sessions.requireUser,
      (request, response) => void response.json(sessions.current(request)),
    )
    app.get('/changes-the-session', async (request, response) => {
      Object.assign(request.session, { seen: true })
      await options.held?.()
      response.json(sessions.current(request) ?? null)
    })
    app.get('/takes-its-time', async (_request, response) => {
      await options.held?.()
      response.send('done')
    })
    app.use((_request, response) => void response.send('a page'))
    app.use(errorHandler(log))

    const server = createServer({ keepAliveTimeout: 65_000 }, app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    servers.push(server)
    return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, sessions, tokens }
  }

  const first = await replica()
  const second = await replica()
  const replicas = [first, second] as const

  const browser = (person = 'alice', at: readonly Replica[] = replicas) =>
    createBrowser({ publicUrl: PUBLIC_URL, replicas: at.map(({ url }) => url), person })

  return {
    redisServer,
    redis,
    issuer,
    ...recorded,
    audit,
    replica,
    replicas,
    browser,
    async signedIn(person = 'alice', at?: readonly Replica[]): Promise<Browser> {
      const signingIn = browser(person, at)
      await signingIn.navigate('/auth/sign-in')
      return signingIn
    },
    keys: (pattern: string) => redis.keys(pattern),
    /** The indexes may name user sessions that have ended. */
    userRecords: async () => (await redis.keys('user-*')).filter((key) => !key.startsWith('user-sessions-of-')),
    /** Keys, and the values of strings. */
    async dump() {
      const keys = await redis.keys('*')
      return [...keys, ...(keys.length > 0 ? await redis.mget(keys) : [])].join('\n')
    },
    advance(seconds: number) {
      clockOffset += seconds * 1_000
    },
    async stop() {
      for (const server of servers) {
        server.close()
        server.closeAllConnections()
      }
      await issuer.stop()
      await redisServer.stop()
    },
    /** The replicas keep their caches, and the issuer keeps its sessions. */
    async reset() {
      clockOffset = 0
      // A revocation may outlast its request, and write to the next test's trail.
      await Promise.all(revoking.map(({ finish }) => finish(AbortSignal.timeout(60_000))))
      recorded.lines.length = 0
      audit.length = 0
      issuer.behave()
      await redis.flushall()
    },
  }
}

/** Also asks as a service that only reads: the results must not differ. */
export async function whoIs(browser: Browser, replica = 0): Promise<string | number> {
  const read = await browser.ask('/whoami/read', { replica })
  const answer = await browser.ask('/whoami', { replica })
  expect(read.status).toBe(answer.status)
  if (answer.status !== 200) return answer.status
  // The answer may have extended the idle time.
  const { idleEndsAt, ...rest } = JSON.parse(answer.body)
  expect(JSON.parse(read.body)).toEqual({ ...rest, idleEndsAt: expect.any(Number) })
  expect(idleEndsAt).toEqual(expect.any(Number))
  return JSON.parse(answer.body).user.subject
}

export async function refOf(browser: Browser): Promise<UserSessionRef> {
  return JSON.parse((await browser.ask('/whoami')).body).ref
}
