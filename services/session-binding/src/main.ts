import { createSessionBindingIdentity } from '@agent-identity/agentcore-identity'
import {
  auditFingerprintKey,
  ConfigurationError,
  clientAddress,
  connectRedis,
  connectSubscriber,
  createAuditTrail,
  createLogger,
  createPendingAuthorizationRecords,
  createRateLimits,
  createSealer,
  healthRoutes,
  listen,
  redisReady,
  stopOnSignal,
  systemClock,
} from '@agent-identity/service-runtime'
import { createUserSessionReader } from '@agent-identity/user-session'
import { createApp } from './app.ts'
import { createPendingAuthorizations } from './binding/pending-authorizations.ts'
import { subscribeToSettledAuthorizations } from './binding/settled-authorizations.ts'
import { readConfig } from './config.ts'

async function main(): Promise<void> {
  const config = readConfig()
  const log = createLogger({ service: 'session-binding', level: config.LOG_LEVEL })
  const clock = systemClock
  let draining = false

  const redis = connectRedis(config, 'commands', log)
  const subscriber = connectSubscriber(config, redis, log)

  const userSessions = createUserSessionReader({ redis, userSessionKeys: config.USER_SESSION_KEYS, clock, log })
  const authorizations = createPendingAuthorizations({
    redis,
    records: createPendingAuthorizationRecords({
      redis,
      identityArtifactKeys: config.IDENTITY_ARTIFACT_KEYS,
      service: 'session-binding',
      log,
    }),
    artifactSealer: createSealer(config.IDENTITY_ARTIFACT_KEYS, 'identity artifact'),
    settledAuthorizations: subscribeToSettledAuthorizations(subscriber, config.BINDING_OUTCOME_WAIT_MS),
    // Two attempts at the most, and time to write the outcome down.
    bindingMs: 2 * config.AGENTCORE_TIMEOUT_MS + 5_000,
    clock,
  })
  const identity = createSessionBindingIdentity({
    region: config.AWS_REGION,
    timeoutMs: config.AGENTCORE_TIMEOUT_MS,
    log,
  })

  const rateLimit = createRateLimits({ redis, userSessionKeys: config.USER_SESSION_KEYS })
  const audit = createAuditTrail({
    service: 'session-binding',
    fingerprintKey: auditFingerprintKey(config.USER_SESSION_KEYS),
    clock,
  })

  const app = createApp({
    publicUrl: config.PUBLIC_URL,
    health: healthRoutes(redis, () => draining),
    userSessions,
    limits: {
      userSession: rateLimit('return', config.RETURNS_PER_USER_SESSION_PER_MINUTE),
      address: rateLimit('return', config.RETURNS_PER_ADDRESS_PER_MINUTE),
    },
    addressOf: (request) => clientAddress(request, config.TRUSTED_PROXIES),
    audit,
    authorizations,
    identity,
    clock,
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
    await server.stop()
    redis.disconnect()
    subscriber.disconnect()
  })
  await redisReady(redis)
  log.info('ready')
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigurationError ? error.message : (error as Error).stack}\n`)
  process.exit(1)
})
