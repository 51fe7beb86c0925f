import { createWorkloadIdentity } from '@agent-identity/agentcore-identity'
import {
  createAuditedWorkloadAccessTokens,
  createAuthorization,
  createAuthorizationStarts,
  createConnections,
  createPendingAuthorizations,
  identityArtifacts,
  isAuthorizationUrlAt,
  startExpiryTimer,
} from '@agent-identity/authorization'
import {
  type AgentWorkloadEnvironment,
  type ProviderId,
  returnUrlOf,
  type Turn,
  type TurnId,
} from '@agent-identity/contracts'
import {
  auditFingerprintKey,
  ConfigurationError,
  connectRedis,
  connectSubscriber,
  createAuditTrail,
  createLogger,
  createPendingAuthorizationRecords,
  createSealer,
  healthRoutes,
  listen,
  redisReady,
  stopOnSignal,
  systemClock,
  wheneverReady,
} from '@agent-identity/service-runtime'
import {
  createOidcClient,
  createUserSessionEndings,
  createUserSessions,
  createUserTokens,
} from '@agent-identity/user-session'
import { createAgentRunner, createSealedStorage, createVendors } from './agent/index.ts'
import { createApp } from './app.ts'
import { readConfig } from './config.ts'
import { createRoutes } from './routes.ts'
import { createEventStreams } from './turns/event-streams.ts'
import type { Run } from './turns/run.ts'
import { runTurn } from './turns/run-turn.ts'
import { startWorkers } from './turns/start-workers.ts'
import { createTurns } from './turns/turns.ts'
import { waitingTurns } from './turns/waiting-turns.ts'
import { createWorkQueue } from './turns/work-queue.ts'

async function main(): Promise<void> {
  const config = readConfig()
  const { PUBLIC_URL: publicUrl } = config
  const log = createLogger({ service: 'agent-workload', level: config.LOG_LEVEL })
  const clock = systemClock
  const handingOver = new AbortController()
  let draining = false

  // Redis: requests and the subscriber; the readers of work have connections of their own.
  const redis = connectRedis(config, 'commands', log)
  const subscriber = connectSubscriber(config, redis, log)

  const audit = createAuditTrail({
    service: 'agent-workload',
    fingerprintKey: auditFingerprintKey(config.USER_SESSION_KEYS),
    clock,
  })

  // 1. Sign in
  const sessions = createUserSessions({
    redis,
    userSessionKeys: config.USER_SESSION_KEYS,
    publicUrl,
    idleSeconds: config.USER_SESSION_IDLE_SECONDS,
    absoluteSeconds: config.USER_SESSION_ABSOLUTE_SECONDS,
    clock,
    log,
  })
  const oidc = createOidcClient({
    issuer: config.OIDC_ISSUER,
    clientId: config.OIDC_CLIENT_ID,
    clientSecret: config.OIDC_CLIENT_SECRET,
    scopes: config.OIDC_SCOPES,
    publicUrl,
    signOut: config.OIDC_SIGN_OUT,
    log,
  })
  const userTokens = createUserTokens({ redis, userTokensKeys: config.USER_TOKENS_KEYS, oidc, clock, log })
  const endings = createUserSessionEndings({ subscriberRedis: subscriber, log })

  // 2. Ask
  const turns = createTurns({
    redis,
    turnKeys: config.TURN_KEYS,
    ttlSeconds: config.CONVERSATION_TTL_SECONDS,
    conversationLimits: { turns: config.CONVERSATION_MAX_TURNS, bytes: config.CONVERSATION_MAX_BYTES },
    leaseMs: config.TURN_LEASE_SECONDS * 1_000,
    clock,
    log,
  })
  const work = createWorkQueue(redis)
  const eventStreams = createEventStreams({
    turns,
    sessions,
    subscriber,
    perUserSession: config.EVENT_STREAMS_PER_USER_SESSION,
    stallMs: config.EVENT_STREAM_STALL_SECONDS * 1_000,
    clock,
    log,
  })

  // 3. and 4. Identify, request
  const identity = createWorkloadIdentity({
    region: config.AWS_REGION,
    workloadName: config.WORKLOAD_NAME,
    timeoutMs: config.AGENTCORE_TIMEOUT_MS,
    log,
  })
  const workloadAccessTokens = createAuditedWorkloadAccessTokens(
    {
      identity,
      artifactFor: identityArtifacts({
        mode: config.IDENTITY_ARTIFACT_MODE,
        userIdPrefix: config.USER_ID_PREFIX,
        minimumSeconds: config.PENDING_AUTHORIZATION_TTL_SECONDS + 60,
        sessions,
        userTokens,
      }),
      ttlSeconds: config.WORKLOAD_ACCESS_TOKEN_TTL_SECONDS,
      authorizationSeconds: config.PENDING_AUTHORIZATION_TTL_SECONDS,
      clock,
    },
    audit,
  )

  // 5. to 10. Remember, start, resume
  const vendors = createVendors(config)
  const connections = createConnections({ redis, turnKeys: config.TURN_KEYS, clock, log })
  const authorizationSealer = createSealer(config.TURN_KEYS, 'authorization')
  const records = createPendingAuthorizationRecords({
    redis,
    identityArtifactKeys: config.IDENTITY_ARTIFACT_KEYS,
    service: 'agent-workload',
    log,
  })
  const authorizations = createPendingAuthorizations({
    redis,
    records,
    authorizationSealer,
    artifactSealer: createSealer(config.IDENTITY_ARTIFACT_KEYS, 'identity artifact'),
    ttlSeconds: config.PENDING_AUTHORIZATION_TTL_SECONDS,
    perUserSession: config.PENDING_AUTHORIZATIONS_PER_USER_SESSION,
    clock,
  })
  const starts = createAuthorizationStarts({
    redis,
    authorizationSealer,
    records,
    consentsAtOnce: config.CONSENTS_AT_ONCE,
    clock,
  })
  const credentialProviders = credentialProvidersOf(config)
  const offered = Object.keys(credentialProviders) as ProviderId[]
  const isAuthorizationUrl = isAuthorizationUrlAt(config.AUTHORIZATION_URL_ORIGIN)
  const authorization = createAuthorization({
    sessions,
    credentialProviders,
    workloadAccessTokens,
    identity,
    authorizations,
    isAuthorizationUrl,
    returnUrl: returnUrlOf(publicUrl),
    connections,
    waiting: waitingTurns(turns, work),
    accountOf: vendors.accountOf,
    audit,
    clock,
  })

  // The agent and its work
  const agent = createAgentRunner({ model: config, offered, vendors, log })
  const runTurnPorts = {
    turns,
    sessions,
    accessFor: ({ turnId, run, record }: { turnId: TurnId; run: Run; record: Turn }) =>
      authorization.accessFor(turnId, record, turns.asked(turnId, run)),
    agent,
    work,
    storageFor: (conversationId: Parameters<typeof createSealedStorage>[0]['conversationId']) =>
      createSealedStorage({
        redis,
        sealer: createSealer(config.TURN_KEYS, 'conversation'),
        conversationId,
        ttlSeconds: config.CONVERSATION_TTL_SECONDS,
      }),
    audit,
    log,
  }
  const workers = startWorkers({
    redis,
    blocking: {
      turns: connectRedis(config, 'blocking', log),
      notifications: connectRedis(config, 'blocking', log),
    },
    turns,
    turnsAtOncePerUser: config.TURNS_AT_ONCE_PER_USER,
    runTurn: (work) => runTurn(work, handingOver.signal, runTurnPorts),
    settle: authorization.settle,
    log,
  })
  const expiryTimer = startExpiryTimer({ redis, settle: authorization.settle, clock, log })
  endings.onEnded((ref) => {
    workloadAccessTokens.drop(ref)
    eventStreams.closeUserSession(ref)
  })
  wheneverReady(subscriber, endings.start)

  const app = createApp({
    publicUrl,
    health: healthRoutes(redis, () => draining),
    userSession: sessions.middleware,
    routes: createRoutes({
      config,
      redis,
      sessions,
      userTokens,
      oidc,
      turns,
      work,
      eventStreams,
      authorization,
      authorizations,
      starts,
      isAuthorizationUrl,
      connections,
      offered,
      vendors,
      audit,
      clock,
      log,
    }),
    log,
  })
  const server = await listen(app, {
    host: config.LISTEN_ADDRESS,
    port: config.PORT,
    drainSeconds: config.SHUTDOWN_DRAIN_SECONDS,
  })
  log.info({ url: server.url }, 'listening')

  stopOnSignal(log, async () => {
    draining = true
    expiryTimer.stop()
    await workers.stop((config.SHUTDOWN_DRAIN_SECONDS * 1_000) / 2, () => handingOver.abort())
    eventStreams.stop()
    await server.stop()
    redis.disconnect()
    subscriber.disconnect()
  })
  await redisReady(redis)
  log.info('ready')
}

/** A provider is offered when the deployment names its credential provider. */
function credentialProvidersOf(config: AgentWorkloadEnvironment): Partial<Record<ProviderId, string>> {
  return {
    ...(config.GITHUB_CREDENTIAL_PROVIDER ? { github: config.GITHUB_CREDENTIAL_PROVIDER } : {}),
    ...(config.GOOGLE_CALENDAR_CREDENTIAL_PROVIDER
      ? { 'google-calendar': config.GOOGLE_CALENDAR_CREDENTIAL_PROVIDER }
      : {}),
    ...(config.PROFILE_CREDENTIAL_PROVIDER ? { profile: config.PROFILE_CREDENTIAL_PROVIDER } : {}),
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigurationError ? error.message : (error as Error).stack}\n`)
  process.exit(1)
})
