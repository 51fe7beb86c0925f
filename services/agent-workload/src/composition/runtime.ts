import type { WorkloadIdentity } from '@agent-identity/agentcore-identity'
import type { AgentWorkloadEnvironment } from '@agent-identity/contracts'
import {
  type Audit,
  auditFingerprintKey,
  type Clock,
  connectRedis,
  connectSubscriber,
  createAuditTrail,
  createLogger,
  type Logger,
  type RedisClient,
  systemClock,
} from '@agent-identity/service-runtime'
import type { Offer } from '@agent-identity/tools'
import type { OidcClient } from '@agent-identity/user-session'
import type { AgentLoop } from '../agent/index.ts'

/** Replacements of external parts, for tests; `loop` is for an agent of your own, too. */
export interface Overrides {
  clock?: Clock
  log?: Logger
  audit?: Audit
  redis?: { commands: RedisClient; subscriber: RedisClient }
  oidc?: OidcClient
  identity?: WorkloadIdentity
  offer?: Offer
  loop?: AgentLoop
}

export function createRuntime(config: AgentWorkloadEnvironment, overrides: Overrides) {
  const log = overrides.log ?? createLogger({ service: 'agent-workload', level: config.LOG_LEVEL })
  const clock = overrides.clock ?? systemClock
  const redis = overrides.redis?.commands ?? connectRedis(config, 'commands', log)
  const subscriber = overrides.redis?.subscriber ?? connectSubscriber(config, redis, log)
  const fingerprintKey = auditFingerprintKey(config.USER_SESSION_KEYS)
  const audit = overrides.audit ?? createAuditTrail({ service: 'agent-workload', fingerprintKey, clock })
  return { config, log, clock, redis, subscriber, audit }
}

export type Runtime = ReturnType<typeof createRuntime>
