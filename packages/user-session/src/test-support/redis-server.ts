import { once } from 'node:events'
import { connectRedis, createLogger, redisReady } from '@agent-identity/service-runtime'
import { startTestRedis } from '@agent-identity/test-redis'
import type { Redis } from 'ioredis'

/** Long, for a slow machine. */
const TIMEOUTS = { commandMs: 60_000, silenceMs: 60_000 }

export interface RedisServer {
  /** Ready to use. */
  connect(user?: { username: string; password: string }): Promise<Redis>
  /** It loses its data. Resolves when every connection has noticed. */
  kill(): Promise<void>
  /** Resolves when every connection is back. */
  start(): Promise<void>
  stop(): Promise<void>
}

export async function startRedisServer(): Promise<RedisServer> {
  const server = await startTestRedis()
  const clients: Redis[] = []
  const open = () => clients.filter(({ status }) => status !== 'end')

  return {
    async connect(user) {
      const settings = { REDIS_URL: server.url, REDIS_USERNAME: user?.username, REDIS_PASSWORD: user?.password }
      const log = createLogger({ service: 'test', level: 'silent' })
      const client = connectRedis({ ...settings, REDIS_TOPOLOGY: 'single' }, 'commands', log, TIMEOUTS) as Redis
      clients.push(client)
      await redisReady(client)
      return client
    },
    async kill() {
      const noticed = open()
        .filter(({ status }) => status === 'ready')
        // `once` of node:events rejects when an error comes first.
        .map((client) => new Promise<void>((resolve) => client.once('close', () => resolve())))
      await Promise.all([server.kill(), ...noticed])
    },
    async start() {
      await server.start()
      await Promise.all(open().map(redisReady))
    },
    async stop() {
      const ended = open().map((client) => once(client, 'end'))
      for (const client of open()) client.disconnect()
      await Promise.all(ended)
      await server.stop()
    },
  }
}
