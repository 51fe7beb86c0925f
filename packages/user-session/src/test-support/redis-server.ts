import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { connectRedis, createLogger, redisReady } from '@agent-identity/service-runtime'
import type { Redis } from 'ioredis'

export interface RedisServer {
  /** A connection as the services have it, ready to use. */
  connect(user?: { username: string; password: string }): Promise<Redis>
  /** Gone from one moment to the next, as after a crash. It keeps nothing. Resolves when every connection has noticed. */
  kill(): Promise<void>
  /** Resolves when every connection is back. */
  start(): Promise<void>
  stop(): Promise<void>
}

export async function startRedisServer(): Promise<RedisServer> {
  const port = await freePort()
  const clients: Redis[] = []
  let server: ChildProcess | undefined

  const start = async () => {
    server = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'])
    for await (const output of server.stdout ?? []) if (String(output).includes('Ready to accept connections')) break
    server.stdout?.resume()
  }
  const kill = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const noticed = clients.filter(({ status }) => status === 'ready').map((client) => once(client, 'close'))
    const exited = once(server, 'exit')
    server.kill('SIGKILL')
    await Promise.all([exited, ...noticed])
  }

  await start()
  return {
    async connect(user) {
      const client = connectRedis(
        {
          REDIS_URL: `redis://127.0.0.1:${port}`,
          REDIS_USERNAME: user?.username,
          REDIS_PASSWORD: user?.password,
          REDIS_TOPOLOGY: 'single',
        },
        'commands',
        createLogger({ service: 'test', level: 'silent' }),
      ) as Redis
      clients.push(client)
      await redisReady(client)
      return client
    },
    kill,
    async start() {
      await start()
      await Promise.all(clients.filter(({ status }) => status !== 'end').map(redisReady))
    },
    async stop() {
      const open = clients.filter(({ status }) => status !== 'end')
      const ended = open.map((client) => once(client, 'end'))
      for (const client of open) client.disconnect()
      await Promise.all(ended)
      await kill()
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
