export { type RedisProxy, startRedisProxy } from './redis-proxy.ts'

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { Redis } from 'ioredis'
import { firstThatStarts } from './first-that-starts.ts'

export interface TestRedis {
  url: string
  /** Its commands fail fast while Redis is away. */
  connect(): Redis
  ready(): Promise<Redis>
  /** All data is lost: after `start` the server is empty. */
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** On loopback, without persistence. */
export async function startTestRedis(): Promise<TestRedis> {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  const clients: Redis[] = []
  let server: ChildProcess | undefined

  async function start(): Promise<void> {
    const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    // Another process may use the port by now: then the server exits, and is started again.
    do server = await firstThatStarts(['redis-server', 'valkey-server'], settings)
    while (!(await answers(server, url)))
  }

  async function kill(): Promise<void> {
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
  }

  function connect(): Redis {
    const client = new Redis(url, {
      disconnectTimeout: 50,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      retryStrategy: () => 20,
      lazyConnect: false,
      // ioredis does not catch the error of a SUBSCRIBE after a reconnect.
      autoResubscribe: false,
    })
    client.on('error', () => {})
    clients.push(client)
    return client
  }

  await start()
  return {
    url,
    connect,
    async ready() {
      const client = connect()
      await new Promise((resolve) => client.once('ready', resolve))
      return client
    },
    start,
    kill,
    async stop() {
      for (const client of clients) client.disconnect()
      await kill()
    },
  }
}

/** Whether this server answers, and not another one on the same port. */
async function answers(server: ChildProcess, url: string): Promise<boolean> {
  const exited = once(server, 'exit').then(() => '')
  const probe = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
  probe.on('error', () => {})
  try {
    const information = await Promise.race([probe.info('server'), exited])
    return information.includes(`process_id:${server.pid}\r\n`)
  } finally {
    probe.disconnect()
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No port')
  return address.port
}
