import { createLogger } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { z } from 'zod'
import { change, createLedger, type Ledger } from './ledger.ts'

const ring = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
let server: TestRedis
let redis: Awaited<ReturnType<TestRedis['ready']>>
let ledger: Ledger<{ n: number }>
let now = Date.now()

beforeAll(async () => {
  server = await startTestRedis()
  redis = await server.ready()
  ledger = createLedger({
    redis,
    keys: ring,
    purpose: 'test',
    schema: z.object({ n: z.int() }),
    key: (owner, id) => `thing:{${owner}}:${id}`,
    index: (owner) => `things:{${owner}}`,
    clock: () => now,
    log: createLogger({ service: 'agent-workload', level: 'fatal' }),
  })
})
afterAll(() => server.stop())

const nothing = { value: undefined, stored: '' }

test('a record is created once, changed only as it was read, and deleted', async () => {
  const first = await ledger.write('a', '1', nothing, { n: 1 })
  expect(first?.value).toEqual({ n: 1 })
  expect(await ledger.write('a', '1', nothing, { n: 2 })).toBeUndefined()
  const second = await ledger.write('a', '1', first ?? nothing, { n: 2 })
  expect(await ledger.write('a', '1', first ?? nothing, { n: 3 })).toBeUndefined()
  expect((await ledger.read('a', '1')).value).toEqual({ n: 2 })
  await ledger.write('a', '1', second ?? nothing, undefined)
  expect(await ledger.read('a', '1')).toEqual(nothing)
})

test('a record that was copied to another owner does not open, and is not taken for an absent one', async () => {
  await ledger.write('b', '1', nothing, { n: 1 })
  await redis.set('thing:{c}:1', (await redis.get('thing:{b}:1')) ?? '')
  const copied = await ledger.read('c', '1')
  expect(copied.value).toBeUndefined()
  expect(copied.stored).not.toBe('')
  expect(await ledger.write('c', '1', nothing, { n: 2 })).toBeUndefined()
})

test('the index names what has been created, until it expires or is deleted', async () => {
  const end = now + 60_000
  await ledger.write('d', 'one', nothing, { n: 1 }, end)
  const two = await ledger.write('d', 'two', nothing, { n: 2 }, end + 1)
  expect(await ledger.list('d')).toEqual(['one', 'two'])
  expect(await redis.pexpiretime('thing:{d}:one')).toBe(end)
  now = end + 1
  expect(await ledger.list('d')).toEqual(['two'])
  await ledger.write('d', 'two', two ?? nothing, undefined)
  expect(await ledger.list('d')).toEqual([])
})

test('of two changes at a time none is lost', async () => {
  await ledger.write('e', '1', nothing, { n: 0 })
  const add = () => change(ledger, ['e', '1'], (value) => value && { value: { n: value.n + 1 } })
  await Promise.all(Array.from({ length: 8 }, add))
  expect((await ledger.read('e', '1')).value).toEqual({ n: 8 })
  expect(await change(ledger, ['e', '1'], () => undefined)).toBeUndefined()
})
