import { createHash } from 'node:crypto'
import type { ServiceName } from '../services/service-name.ts'
import { newSecret } from '../settings.ts'

export interface RedisUsers {
  /** Lines of redis.conf; passwords as their digests. */
  configuration: string
  environments: Readonly<Record<ServiceName, Readonly<Record<string, string>>>>
}

/** A user for each service, and the default user with all permissions for the tests. */
export function createRedisUsers(redisAccess: Readonly<Record<ServiceName, string>>): RedisUsers {
  const user = (service: ServiceName) => {
    const password = newSecret()
    const digest = createHash('sha256').update(password).digest('hex')
    return {
      line: `user ${service} #${digest} ${redisAccess[service]}`,
      environment: { REDIS_USERNAME: service, REDIS_PASSWORD: password },
    }
  }
  const workload = user('agent-workload')
  const binding = user('session-binding')
  return {
    configuration: `${workload.line}\n${binding.line}\n`,
    environments: { 'agent-workload': workload.environment, 'session-binding': binding.environment },
  }
}
