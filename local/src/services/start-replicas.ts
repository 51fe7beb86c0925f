import { NODE_FLAGS } from '@agent-identity/contracts'
import type { Child, ChildProcesses } from '../processes/child-processes.ts'
import { answers, waitUntil } from '../processes/wait-until.ts'
import { PROGRAMS } from '../repository.ts'
import type { ReplicaName, ServiceName } from './service-name.ts'

export interface Replica {
  service: ReplicaName
  url: string
  child: Child
}

/** The services alternate in `ports` and in the result. */
export function startReplicas(options: {
  children: ChildProcesses
  ports: readonly number[]
  environments: Readonly<Partial<Record<ReplicaName, Readonly<Record<string, string>>>>>
  /** For each replica, in order. */
  redisUrls?: Partial<Record<ServiceName, readonly string[]>> | undefined
  imports?: Partial<Record<ReplicaName, string>> | undefined
  systemVariables: Readonly<Record<string, string>>
}): Replica[] {
  const { children, ports, environments, redisUrls, imports, systemVariables } = options
  const services = Object.keys(environments) as ReplicaName[]
  return ports.map((port, index) => {
    const service = services[index % services.length] as ReplicaName
    const n = Math.floor(index / services.length)
    const redisUrl = service === 'mcp-server' ? undefined : redisUrls?.[service]?.[n]
    const before = imports?.[service]
    const child = children.start({
      name: `${service} ${n + 1}`,
      command: process.execPath,
      args: [...NODE_FLAGS[service], ...(before ? ['--import', before] : []), PROGRAMS[service]],
      environment: {
        ...systemVariables,
        ...environments[service],
        ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
        PORT: String(port),
      },
    })
    return { service, url: `http://127.0.0.1:${port}`, child }
  })
}

export async function replicasReady(replicas: readonly Replica[], signal: AbortSignal): Promise<void> {
  await Promise.all(replicas.map(({ url }) => waitUntil(() => answers(`${url}/readyz`), signal)))
}
