import type { Construct } from 'constructs'
import type { ServiceName } from '../names.ts'
import type { ContainerSecret } from './container-secret.ts'
import { existingContainerSecret } from './existing-secret.ts'
import type { ExistingRedis, RedisTopology } from './options.ts'

/** How the services reach the session store. */
export interface SessionStoreAccess {
  readonly url: string
  readonly topology: RedisTopology
  readonly users: Readonly<Record<ServiceName, { readonly name: string; readonly password: ContainerSecret }>>
}

/** No resource is created. */
export function existingSessionStore(scope: Construct, { url, topology, users }: ExistingRedis): SessionStoreAccess {
  const userOf = (service: ServiceName) => ({
    name: users[service].name,
    password: existingContainerSecret(scope, `${service}-password`, users[service].password),
  })
  return {
    url,
    topology,
    users: { 'agent-workload': userOf('agent-workload'), 'session-binding': userOf('session-binding') },
  }
}
