import { createSessionBindingIdentity } from '@agent-identity/agentcore-identity'
import type { SessionBindingEnvironment } from '@agent-identity/contracts'
import {
  type Audit,
  auditFingerprintKey,
  type Clock,
  COMMAND_TIMEOUT_MS,
  clientAddress,
  connectRedis,
  connectSubscriber,
  createAuditTrail,
  createLogger,
  createRateLimits,
  createRecordSealer,
  createStartRecords,
  healthRoutes,
  type Logger,
  type RedisClient,
  systemClock,
} from '@agent-identity/service-runtime'
import { createUserSessionReader } from '@agent-identity/user-session'
import { createApp } from './app.ts'
import { subscribeToSettledStarts } from './binding/settled-starts.ts'
import { createStarts } from './binding/starts.ts'

interface Overrides {
  clock?: Clock
  log?: Logger
  audit?: Audit
  redis?: { commands: RedisClient; subscriber: RedisClient }
  identity?: ReturnType<typeof createSessionBindingIdentity>
}

/** Steps 8 and 9; does not listen by itself. */
export function createSessionBinding(config: SessionBindingEnvironment, overrides: Overrides = {}) {
  const log = overrides.log ?? createLogger({ service: 'session-binding', level: config.LOG_LEVEL })
  const clock = overrides.clock ?? systemClock
  const redis = overrides.redis?.commands ?? connectRedis(config, 'commands', log)
  const subscriber = overrides.redis?.subscriber ?? connectSubscriber(config, redis, log)
  let draining = false

  const userSessions = createUserSessionReader({ redis, userSessionKeys: config.USER_SESSION_KEYS, clock, log })
  const starts = createStarts({
    redis,
    records: createStartRecords({
      redis,
      identityArtifactKeys: config.IDENTITY_ARTIFACT_KEYS,
      service: 'session-binding',
      log,
    }),
    artifactSealer: createRecordSealer(config.IDENTITY_ARTIFACT_KEYS, 'identity artifact', log),
    settledStarts: subscribeToSettledStarts(subscriber, config.BINDING_OUTCOME_WAIT_MS),
    // A claim takes three commands when Redis does not know the script yet. Then come two calls to AgentCore, with the pause between them.
    bindingMs: 3 * (config.REDIS_COMMAND_TIMEOUT_MS ?? COMMAND_TIMEOUT_MS) + 2 * config.AGENTCORE_TIMEOUT_MS + 1_000,
    clock,
  })
  const identity =
    overrides.identity ??
    createSessionBindingIdentity({ region: config.AWS_REGION, timeoutMs: config.AGENTCORE_TIMEOUT_MS, log })

  const rateLimit = createRateLimits({ redis, keys: config.USER_SESSION_KEYS })
  const fingerprintKey = auditFingerprintKey(config.USER_SESSION_KEYS)
  const audit = overrides.audit ?? createAuditTrail({ service: 'session-binding', fingerprintKey, clock })

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
    starts,
    identity,
    clock,
    log,
  })
  return {
    app,
    log,
    redis,
    /** From now on readiness fails; requests are still answered. */
    drain: () => {
      draining = true
    },
    stop: () => {
      redis.disconnect()
      subscriber.disconnect()
    },
  }
}
