import { type RedisProxy, startRedisProxy } from '@agent-identity/test-redis'
import type { Service } from '../../support/stack.ts'
import { startStackOfItsOwn } from '../../support/stack-of-its-own.ts'
import { FAULTED_STACK, people } from './flows.ts'
import { PERSISTENT, startRedisServer } from './redis-servers.ts'
import { replicasOf } from './replicas.ts'

export const SERVICES = ['agent-workload', 'session-binding'] as const satisfies readonly Service[]

export type StackBehindProxies = Awaited<ReturnType<typeof startStackBehindProxies>>

/** With a persistent Redis, and a proxy between each replica and Redis. */
export async function startStackBehindProxies(flows: number, environment: Readonly<Record<string, string>> = {}) {
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one()
  }
  try {
    const redis = await startRedisServer(PERSISTENT)
    stops.push(redis.stop)
    const url = `redis://127.0.0.1:${redis.port}`
    const proxy = async () => {
      const started = await startRedisProxy(url)
      stops.push(started.stop)
      return started
    }
    const proxies = {
      'agent-workload': [await proxy(), await proxy()],
      'session-binding': [await proxy(), await proxy()],
    } as const satisfies Record<Service, readonly RedisProxy[]>
    const urlsOf = (service: Service) => proxies[service].map((one) => one.url)
    const redisUrls = {
      'agent-workload': urlsOf('agent-workload'),
      'session-binding': urlsOf('session-binding'),
    }
    const stack = await startStackOfItsOwn(
      { ...FAULTED_STACK, ...environment, REDIS_URL: url },
      { extraUsers: people(flows), redisUrls },
    )
    stops.push(stack.stop)
    const replicas = replicasOf(stack, (service, n) => ({ REDIS_URL: proxies[service][n].url }))
    stops.push(replicas.stop)
    return { stack, redis, replicas, proxies, everyProxy: SERVICES.flatMap((service) => proxies[service]), stop }
  } catch (error) {
    await stop()
    throw error
  }
}
