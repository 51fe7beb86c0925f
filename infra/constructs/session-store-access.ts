import type { Construct } from 'constructs'
import type { ContainerName, PerContainer } from '../names.ts'
import type { ContainerSecret } from './container-secret.ts'
import { existingContainerSecret } from './existing-secret.ts'
import type { ExistingRedis, RedisTopology } from './options.ts'

export interface SessionStoreAccess {
  readonly url: string
  readonly topology: RedisTopology
  readonly users: PerContainer<{ readonly name: string; readonly password: ContainerSecret }>
}

export function existingSessionStore(scope: Construct, { url, topology, users }: ExistingRedis): SessionStoreAccess {
  const userOf = (container: ContainerName, { name, password }: ExistingRedis['users']['agent-workload']) => ({
    name,
    password: existingContainerSecret(scope, `${container}-password`, password),
  })
  return {
    url,
    topology,
    users: {
      'agent-workload': userOf('agent-workload', users['agent-workload']),
      'session-binding': userOf('session-binding', users['session-binding']),
      ...(users['mcp-server'] && { 'mcp-server': userOf('mcp-server', users['mcp-server']) }),
    },
  }
}
