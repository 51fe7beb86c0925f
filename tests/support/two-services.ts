import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createWorkloadAccessTokens } from '@agent-identity/agentcore-identity'
import {
  authorizationRoutes,
  connectionRoutes,
  createAuthorizationStarts,
  createConnections,
  createPendingAuthorizations,
  existingToken,
  identityArtifacts,
  isAuthorizationUrlAt,
  requestAccess,
  settleAuthorization,
} from '@agent-identity/authorization'
import type { AuthorizationId, IdentityArtifact, KeyRing, User, UserSessionRef } from '@agent-identity/contracts'
import {
  type Clock,
  createLogger,
  createPendingAuthorizationRecords,
  createSealer,
  type RedisClient,
  randomToken,
  redisReady,
  requireSameOrigin,
} from '@agent-identity/service-runtime'
import type { TestRedis } from '@agent-identity/test-redis'
import {
  createUserSessionReader,
  createUserSessions,
  createUserTokens,
  type OidcClient,
  signInRoutes,
} from '@agent-identity/user-session'
import type { Express, Request, RequestHandler } from 'express'
import { createApp as createAgentWorkload } from '../../services/agent-workload/src/app.ts'
import { createApp as createSessionBinding } from '../../services/session-binding/src/app.ts'
import { createPendingAuthorizations as createBindingAuthorizations } from '../../services/session-binding/src/binding/pending-authorizations.ts'
import { subscribeToSettledAuthorizations } from '../../services/session-binding/src/binding/settled-authorizations.ts'
import { AUTHORIZATION_ORIGIN, createFakeAgentCore } from './fake-agentcore.ts'

export const ISSUER = 'https://issuer.example'
export const TTL_SECONDS = 600

const newKeys = (): KeyRing => ({ sealWith: 'test', keys: { test: randomToken(32) } })
const log = createLogger({ service: 'tests', level: 'silent' })
const noLimit: RequestHandler = (_request, _response, next) => next()
const silent = () => {}

/**
 * Both services in this process, two replicas of each, over one real Redis: their own routes, stories and stores. AgentCore,
 * the OpenID provider and the clock are the test's.
 */
export async function startTwoServices(testRedis: TestRedis, clock: Clock) {
  const keys = { session: newKeys(), tokens: newKeys(), turns: newKeys(), artifacts: newKeys() }
  const agentcore = createFakeAgentCore(userOf)
  const workloads = [await listening(), await listening()] as const
  const bindings = [await listening(), await listening()] as const
  const publicUrl = `http://localhost:${new URL(workloads[0].url).port}`

  const connect = async () => {
    const client = testRedis.connect()
    await redisReady(client)
    return client
  }
  const shared = { publicUrl, keys, agentcore, clock }
  const replicas = [
    agentWorkload({ ...shared, redis: await connect() }),
    agentWorkload({ ...shared, redis: await connect() }),
  ] as const
  for (const [n, { server }] of workloads.entries()) server.on('request', replicas[n as 0 | 1].app)
  for (const { server } of bindings)
    server.on('request', sessionBinding({ ...shared, redis: await connect(), subscriber: await connect() }))

  return {
    app: publicUrl,
    agentcore,
    workloads: workloads.map(({ url }) => url),
    bindings: bindings.map(({ url }) => url),
    authorizations: replicas[0].authorizations,
    authorizationOf: replicas[0].authorizations.read,
    /** A replica has been told that this authorization is worth looking at. */
    settle: (id: AuthorizationId, replica: number) => replicas[(replica % 2) as 0 | 1].settle(id),
    /** Every replica has been told that this user session has ended, or believes so. */
    forget: (ref: UserSessionRef) => {
      for (const { drop } of replicas) drop(ref)
    },
    async stop() {
      await Promise.all([...workloads, ...bindings].map(({ stop }) => stop()))
    },
  }
}

export type TwoServices = Awaited<ReturnType<typeof startTwoServices>>

interface Shared {
  publicUrl: string
  keys: { session: KeyRing; tokens: KeyRing; turns: KeyRing; artifacts: KeyRing }
  agentcore: ReturnType<typeof createFakeAgentCore>
  clock: Clock
}

function agentWorkload({ redis, publicUrl, keys, agentcore, clock }: Shared & { redis: RedisClient }) {
  const sessions = createUserSessions({
    redis,
    userSessionKeys: keys.session,
    publicUrl,
    idleSeconds: 3_600,
    absoluteSeconds: 43_200,
    clock,
    log,
  })
  const userTokens = createUserTokens({ redis, userTokensKeys: keys.tokens, oidc: openIdProvider, clock, log })
  const minting = createWorkloadAccessTokens({
    identity: agentcore.workloadIdentity,
    artifactFor: identityArtifacts({
      mode: 'jwt',
      userIdPrefix: 'test',
      minimumSeconds: TTL_SECONDS + 60,
      sessions,
      userTokens,
    }),
    ttlSeconds: 600,
    authorizationSeconds: TTL_SECONDS,
    clock,
  })
  const authorizationSealer = createSealer(keys.turns, 'authorization')
  const records = createPendingAuthorizationRecords({
    redis,
    identityArtifactKeys: keys.artifacts,
    service: 'agent-workload',
    log,
  })
  const authorizations = createPendingAuthorizations({
    redis,
    records,
    authorizationSealer,
    artifactSealer: createSealer(keys.artifacts, 'identity artifact'),
    ttlSeconds: TTL_SECONDS,
    perUserSession: 10,
    clock,
  })
  const connections = createConnections({ redis, turnKeys: keys.turns, clock, log })
  const isAuthorizationUrl = isAuthorizationUrlAt(AUTHORIZATION_ORIGIN)
  const ports = {
    credentialProviders: { github: 'github', 'google-calendar': 'google-calendar' },
    workloadAccessTokens: {
      get: ({ userSession }: { userSession: UserSessionRef }) => minting.get(userSession),
      drop: minting.drop,
    },
    identity: agentcore.workloadIdentity,
    authorizations,
    isAuthorizationUrl,
    returnUrl: `${publicUrl}/oauth2/session-binding`,
    audit: silent,
  }
  const guards = {
    requireUser: sessions.requireUser,
    requireSameOrigin: requireSameOrigin(publicUrl),
    limit: noLimit,
    userSessionOf: (request: Request) => sessions.current(request) ?? impossible(),
  }
  const accountOf = async () => undefined
  const app = createAgentWorkload({
    publicUrl,
    health: noLimit,
    userSession: sessions.middleware,
    routes: [
      signInRoutes({
        sessions,
        tokens: userTokens,
        oidc: openIdProvider,
        redis,
        userTokensKeys: keys.tokens,
        publicUrl,
        async onSignOut(ref) {
          minting.drop(ref)
          await authorizations.removeAll(ref)
        },
        renderSignInFailed: (response, status) => void response.status(status).end(),
        clock,
        log,
      }),
      authorizationRoutes({
        ...guards,
        limitRefused: noLimit,
        authorizations,
        // What a return is measured against is the subject here, whichever consents a browser has open.
        starts: createAuthorizationStarts({
          redis,
          authorizationSealer,
          records,
          consentsAtOnce: 'many',
          clock,
        }),
        notify: async () => {},
        tellSetAside: async () => {},
        renderOtherConsentOpen: impossible,
        isAuthorizationUrl,
        currentUserSession: (request) => sessions.current(request),
        audit: silent,
        clock,
      }),
      connectionRoutes({
        ...guards,
        offered: ['github', 'google-calendar'],
        connections,
        authorizations,
        requestAccess: (access) => requestAccess(access, ports),
        accountOf,
      }),
    ],
    log,
  })
  return {
    app,
    authorizations,
    drop: minting.drop,
    settle: (id: AuthorizationId) =>
      settleAuthorization(id, {
        authorizations,
        existingToken: (access) => existingToken(access, ports),
        accountOf,
        connections,
        waiting: { isOf: async () => true, tell: async () => {}, resume: async () => {} },
        audit: silent,
        clock,
      }),
  }
}

function sessionBinding(dependencies: Shared & { redis: RedisClient; subscriber: RedisClient }): Express {
  const { redis, subscriber, publicUrl, keys, agentcore, clock } = dependencies
  return createSessionBinding({
    publicUrl,
    health: noLimit,
    userSessions: createUserSessionReader({ redis, userSessionKeys: keys.session, clock, log }),
    authorizations: createBindingAuthorizations({
      redis,
      records: createPendingAuthorizationRecords({
        redis,
        identityArtifactKeys: keys.artifacts,
        service: 'session-binding',
        log,
      }),
      artifactSealer: createSealer(keys.artifacts, 'identity artifact'),
      settledAuthorizations: subscribeToSettledAuthorizations(subscriber, 1_000),
      bindingMs: 20_000,
      clock,
    }),
    identity: agentcore.sessionBindingIdentity,
    limits: { userSession: async () => undefined, address: async () => undefined },
    addressOf: () => '127.0.0.1',
    audit: silent,
    clock,
    log,
  })
}

/** Whoever comes back with a name for a code is that user; tokens live a quarter of an hour, and every refresh brings others. */
const openIdProvider: OidcClient = {
  authorizationUrl: async ({ state }) => `${ISSUER}/?state=${state}`,
  async exchangeCode(answer) {
    const subject = answer.get('code') ?? ''
    const user: User = { issuer: ISSUER, subject, name: subject }
    return { outcome: 'signed-in', user, tokens: tokensOf(subject) }
  },
  refresh: async ({ refreshToken }) => ({ outcome: 'refreshed', tokens: tokensOf(refreshToken) }),
  revoke: async () => 'revoked',
  signOutUrl: async () => undefined,
}

const tokensOf = (subject: string) => ({
  accessToken: `${subject}.${randomToken(8)}`,
  expiresInSeconds: 900,
  refreshToken: subject,
  idToken: `id token of ${subject}`,
})

function userOf(artifact: IdentityArtifact): string {
  return artifact.kind === 'jwt' ? (artifact.userToken.split('.')[0] ?? '') : artifact.userId
}

function impossible(): never {
  throw new Error('This cannot happen in these tests')
}

async function listening(): Promise<{ url: string; server: Server; stop(): Promise<void> }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
