import { createHash } from 'node:crypto'
import type { ReplicaName, ServiceName } from '../services/service-name.ts'
import { newSecret } from '../settings.ts'

type OfServices<Value> = Readonly<Record<ServiceName, Value>> & { readonly 'mcp-server'?: Value }

/** In the syntax of `ACL SETUSER`. */
export type RedisAccess = OfServices<string>

export interface RedisUsers {
  /** Lines of redis.conf, with digests of the passwords. */
  configuration: string
  environments: OfServices<Readonly<Record<string, string>>>
}

/** Redis's default user keeps all permissions, for the tests. */
export function createRedisUsers(redisAccess: RedisAccess): RedisUsers {
  const user = (service: ReplicaName) => {
    const password = newSecret()
    const digest = createHash('sha256').update(password).digest('hex')
    return {
      line: `user ${service} #${digest} ${redisAccess[service]}`,
      environment: { REDIS_USERNAME: service, REDIS_PASSWORD: password },
    }
  }
  const workload = user('agent-workload')
  const binding = user('session-binding')
  const mcp = redisAccess['mcp-server'] === undefined ? undefined : user('mcp-server')
  return {
    configuration: [workload, binding, ...(mcp ? [mcp] : [])].map(({ line }) => `${line}\n`).join(''),
    environments: {
      'agent-workload': workload.environment,
      'session-binding': binding.environment,
      ...(mcp && { 'mcp-server': mcp.environment }),
    },
  }
}
