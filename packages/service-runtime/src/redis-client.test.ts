import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { startRedisProxy, startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { isRedisAway } from './error-handler.ts'
import { createLogger } from './logger.ts'
import { connectRedis, connectSubscriber, type RedisClient, redisReady, wheneverReady } from './redis-client.ts'

const log = createLogger({ service: 'test', level: 'silent' })
/** So long that nothing times out on a slow machine. */
const PATIENT = { commandMs: 60_000, silenceMs: 60_000 }
let server: TestRedis
let clients: RedisClient[] = []
let stops: (() => Promise<void>)[] = []

beforeAll(async () => {
  server = await startTestRedis()
})
afterEach(async () => {
  for (const client of clients) client.disconnect()
  clients = []
  for (const stop of stops) await stop()
  stops = []
})
afterAll(() => server.stop())

function connect(
  purpose: 'commands' | 'blocking',
  timeouts: Parameters<typeof connectRedis>[3] = PATIENT,
): RedisClient {
  const client = connectRedis({ REDIS_URL: server.url, REDIS_TOPOLOGY: 'single' }, purpose, log, timeouts)
  clients.push(client)
  return client
}

test('while Redis is away a command fails and says so; when it is back, commands work', async () => {
  const client = connect('commands')
  await redisReady(client)
  await server.kill()
  const error = await client.set('key', 'value').catch((reason: unknown) => reason)
  expect(isRedisAway(error)).toBe(true)
  await server.start()
  await redisReady(client)
  expect(await client.get('key')).toBeNull()
})

test('a blocking read fails when Redis dies, so that its reader can start again', async () => {
  const client = connect('blocking')
  await redisReady(client)
  const read = client.xread('BLOCK', 60_000, 'STREAMS', 'stream', '$').catch((reason: unknown) => reason)
  await server.kill()
  expect(isRedisAway(await read)).toBe(true)
  await server.start()
})

test('a command that Redis does not answer fails, and is not sent again', async () => {
  // The connection must stay open: Redis drops the commands of a closed one.
  const client = connect('commands', { silenceMs: PATIENT.silenceMs })
  await redisReady(client)
  const other = connect('commands')
  await redisReady(other)
  await other.client('PAUSE', 60_000, 'WRITE')
  const error = await client.incr('counted').catch((reason: unknown) => reason)
  await other.client('UNPAUSE')
  expect(error).toMatchObject({ message: 'Command timed out' })
  expect(isRedisAway(error)).toBe(true)
  // Redis executes the command after the pause.
  let counted: string | null = null
  while (counted === null) counted = await client.get('counted').catch(() => null)
  expect(counted).toBe('1')
})

test.each([
  [undefined, { commandTimeout: 2_000, socketTimeout: 5_000 }],
  [60_000, { commandTimeout: 60_000, socketTimeout: 63_000 }],
])('with a timeout of %s a command times out before its silent connection is closed', (commandMs, options) => {
  const settings = { REDIS_URL: server.url, REDIS_TOPOLOGY: 'single', REDIS_COMMAND_TIMEOUT_MS: commandMs } as const
  const client = connectRedis(settings, 'commands', log)
  clients.push(client)
  expect((client as Redis).options).toMatchObject(options)
})

async function connectThroughProxy<Client extends RedisClient>(connectTo: (url: string) => Client) {
  const proxy = await startRedisProxy(server.url)
  stops.push(() => proxy.stop())
  const client = connectTo(proxy.url)
  clients.push(client)
  await redisReady(client)
  return { proxy, client }
}

test('a connection that broke with a reply pending does not close the next one', async () => {
  const { proxy, client } = await connectThroughProxy((url) =>
    connectRedis({ REDIS_URL: url, REDIS_TOPOLOGY: 'single' }, 'commands', log),
  )
  proxy.hold()
  const broken = new Promise<void>((resolve) => client.once('close', () => resolve()))
  const unanswered = client.get('key').catch((reason: unknown) => reason)
  await server.kill()
  await server.start()
  proxy.heal()
  expect(isRedisAway(await unanswered)).toBe(true)
  // The command may have failed by its own timeout, before the connection closed.
  await broken
  await redisReady(client)
  let closed = 0
  client.on('close', () => closed++)
  // Longer than the timeout of a silent connection.
  await new Promise((resolve) => setTimeout(resolve, 6_000))
  expect(closed).toBe(0)
})

test('a subscriber whose connection has gone silent reconnects, and receives messages', async () => {
  const commands = connect('commands')
  await redisReady(commands)
  const { proxy, client } = await connectThroughProxy((url) =>
    connectSubscriber({ REDIS_URL: url, REDIS_TOPOLOGY: 'single' }, commands, log, { heartbeatMs: 50, silenceMs: 200 }),
  )
  const subscribed: boolean[] = []
  const renewals: unknown[] = []
  wheneverReady(client, async () => {
    await client.subscribe('channel').catch((error) => renewals.push(error))
    subscribed.push(true)
  })
  while (subscribed.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  proxy.drop()
  // The next connection is made while the network is down, and the one after it breaks during the subscription.
  await new Promise((resolve) => client.once('connect', resolve))
  proxy.heal()
  proxy.drop(/subscribe/)
  while (renewals.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  proxy.heal()
  const heard: string[] = []
  client.on('message', (_channel, message) => heard.push(message))
  while (heard.length === 0) {
    await commands.publish('channel', 'news')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
})

test('a partly answered pipeline fails as "Redis is away"', async () => {
  const half = createServer((socket: Socket) =>
    socket.on('data', (data) => {
      const commands = data.toString().match(/\*\d+\r\n/g) ?? []
      if (data.includes('ttl')) socket.end('$-1\r\n')
      else socket.write(commands.map(() => '$2\r\nok\r\n').join(''))
    }),
  ).listen(0, '127.0.0.1')
  stops.push(async () => void half.close())
  await once(half, 'listening')
  const { port } = half.address() as AddressInfo
  const client = connectRedis(
    { REDIS_URL: `redis://127.0.0.1:${port}`, REDIS_TOPOLOGY: 'single' },
    'commands',
    log,
    PATIENT,
  )
  clients.push(client)
  await redisReady(client)
  const [first, second] = (await client.pipeline().get('key').ttl('key').exec()) ?? []
  expect(first).toEqual([null, null])
  expect(isRedisAway(second?.[0])).toBe(true)
})

test('commands of one turn of the event loop are written together, and those of the next turn in a write of their own', async () => {
  const client = connect('commands') as Redis
  await redisReady(client)
  const single = jest.spyOn(client.stream, '_write')
  const several = jest.spyOn(client.stream, '_writev')
  const turn = () => Promise.all([client.set('key', 'value'), client.pipeline().get('key').exec(), client.get('key')])
  for (let n = 1; n <= 3; n++) {
    expect(await turn()).toEqual(['OK', [[null, 'value']], 'value'])
    expect([single.mock.calls.length, several.mock.calls.length]).toEqual([0, n])
  }
})

test('a connection that is lost before its commands are written fails them, and the next one works', async () => {
  const client = connect('commands') as Redis
  await redisReady(client)
  const lost = client.get('key').catch((reason: unknown) => reason)
  client.stream.destroy()
  expect(isRedisAway(await lost)).toBe(true)
  await redisReady(client)
  expect(await Promise.all([client.ping(), client.ping()])).toEqual(['PONG', 'PONG'])
})
