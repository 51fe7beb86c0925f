import { CONNECTION_USES_KEPT, type ConnectionId, connectionUsesKey } from '@agent-identity/contracts'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { outside, PROVIDER, SCOPES, startReplica, UNNAMED, USER } from '../test-support/disconnecting.ts'
import type { Use } from './connection-uses.ts'

type Replica = Awaited<ReturnType<typeof startReplica>>

let server: TestRedis
let one: Replica
let other: Replica
const world = outside()

beforeAll(async () => {
  server = await startTestRedis()
  ;[one, other] = await Promise.all([startReplica(server, world), startReplica(server, world)])
})
afterAll(() => server.stop())
beforeEach(async () => {
  await one.redis.flushall()
  Object.assign(world, outside({ vault: new Map([[SCOPES, 'first']]) }))
  await one.connect('first', 0)
})

const use = (replica: Replica, what: Use, call: (signal: AbortSignal) => Promise<unknown> = async () => undefined) =>
  replica.calls.during(UNNAMED, call, undefined, what)
const idOf = async () => (await one.find())?.id as ConnectionId
const shown = async () =>
  (await one.uses.list(CONNECTION_USES_KEPT, USER, PROVIDER, await idOf())).map(({ does }) => does)

test('what a connection was used for is known on every replica, the newest first: by the agent, and by an MCP client', async () => {
  const client = { clientId: 'editor', clientName: 'Editor' }
  await use(one, { does: 'listed events' })
  world.now += 1
  await use(other, { does: 'added an event', client })
  expect(await one.uses.list(10, USER, PROVIDER, await idOf())).toEqual([
    { does: 'added an event', usedAt: world.now, client },
    { does: 'listed events', usedAt: world.now - 1 },
  ])
  expect(await one.uses.list(1, USER, PROVIDER, await idOf())).toMatchObject([{ does: 'added an event' }])
})

test('a call that fails, or that is for no tool, is no use', async () => {
  await expect(use(one, { does: 'listed events' }, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  await one.calls.during(UNNAMED, async () => undefined)
  expect(await shown()).toEqual([])
})

test('a call whose use cannot be written down has succeeded', async () => {
  const key = connectionUsesKey(USER, PROVIDER, await idOf())
  const wrongType = () => one.redis.set(key, 'x')
  expect(await use(one, { does: 'listed events' }, async () => (await wrongType()) && 'answer')).toBe('answer')
})

test('no more than a hundred uses are kept, of those that come at once none is lost, and they expire', async () => {
  const numbers = Array.from({ length: CONNECTION_USES_KEPT + 5 }, (_, n) => n)
  for (const n of numbers.slice(0, -8)) await use(one, { does: `did ${n}` })
  await Promise.all(numbers.slice(-8).map((n) => use(n % 2 ? one : other, { does: `did ${n}` })))
  const kept = await shown()
  expect(new Set(kept)).toEqual(new Set(numbers.slice(5).map((n) => `did ${n}`)))
  expect(await one.redis.llen(connectionUsesKey(USER, PROVIDER, await idOf()))).toBe(CONNECTION_USES_KEPT)
  expect(await one.redis.ttl(connectionUsesKey(USER, PROVIDER, await idOf()))).toBeGreaterThan(0)
})

test('uses are sealed for their connection: nothing can be read in Redis, and a copy for another one is left out', async () => {
  await use(one, { does: 'listed events' })
  const [element = ''] = await one.redis.lrange(connectionUsesKey(USER, PROVIDER, await idOf()), 0, -1)
  expect(element).not.toContain('events')
  await one.redis.rpush(connectionUsesKey(USER, PROVIDER, 'connection2' as ConnectionId), element, 'nonsense')
  expect(await one.uses.list(10, USER, PROVIDER, 'connection2' as ConnectionId)).toEqual([])
})

test('uses are erased when the connection ends, and a call that ends after that adds none', async () => {
  await use(one, { does: 'listed events' })
  // A revocation's writes of the record would erase the uses once more.
  world.settle = async () => 'settled'
  let ending: Promise<unknown> | undefined
  await use(other, { does: 'added an event' }, (signal) => {
    ending = one.disconnect()
    // The call succeeds, although the latch aborts it.
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve('answered')))
  })
  await ending
  expect((await one.find())?.status).toBe('disconnecting')
  expect(await one.redis.exists(connectionUsesKey(USER, PROVIDER, await idOf()))).toBe(0)
  world.vault.set(SCOPES, 'second')
  await one.connect('second', 1)
  expect(await shown()).toEqual([])
})

test('a call whose connection changes meanwhile and goes on is a use; another account in its place has no uses', async () => {
  await use(one, { does: 'listed events' }, () => one.connections.needsReauthorization(UNNAMED))
  expect(await shown()).toEqual(['listed events'])
  await one.connect('first', 0)
  expect(await shown()).toEqual(['listed events'])
  // The same account, in another spelling.
  world.account = world.account?.toUpperCase()
  await one.connect('first', 0)
  expect(await shown()).toEqual(['listed events'])
  world.account = 'bob'
  await one.connect('first', 0)
  await one.connections.accept(UNNAMED, 'bob', 1)
  expect(await shown()).toEqual([])
})
