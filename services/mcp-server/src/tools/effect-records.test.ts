import { mcpEffectsKey, type UserRef } from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { effectsOfCall } from './effect-records.ts'

const mcpKeys = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
let server: TestRedis
let redis: Redis
let alice: UserRef
beforeAll(async () => {
  server = await startTestRedis()
  redis = server.connect()
  await new Promise((resolve) => redis.once('ready', resolve))
})
afterAll(() => server.stop())
beforeEach(() => {
  alice = randomToken(16) as UserRef
})

const call = (name = 'c', user = alice) => effectsOfCall({ redis, mcpKeys }, user, name)

test('the same call has one name and one outcome; another call, and another user’s, has its own', async () => {
  const first = await call()
  expect(await first.records.intend('e', 1)).toBe('new')
  await first.records.settle('e', 'added')
  const second = await call()
  expect(second.name).toBe(first.name)
  expect(await second.records.intend('e', 1)).toEqual({ outcome: 'added' })
  expect([first.wasDone(), second.wasDone()]).toEqual([false, true])
  expect((await call('other')).name).not.toBe(first.name)
  expect((await call('c', randomToken(16) as UserRef)).name).not.toBe(first.name)
  expect(await redis.ttl(mcpEffectsKey(alice, 'c'))).toBeGreaterThan(0)
})

test('two that are sent at once do it once, and one that broke off is not begun again', async () => {
  const both = await Promise.all([call(), call()])
  const begun = await Promise.all(both.map(({ records }) => records.intend('e', 1)))
  expect(begun.sort()).toEqual(['intended', 'new'])
  expect(await (await call()).records.intend('e', 1)).toBe('intended')
})

test('what the vendor refused may be tried again', async () => {
  const { records } = await call()
  await records.intend('e', 1)
  await records.withdraw('e')
  expect(await (await call()).records.intend('e', 1)).toBe('new')
})

test('an outcome of another call, or another user, does not open here', async () => {
  const { records } = await call()
  await records.intend('e', 1)
  await records.settle('e', 'added')
  await redis.copy(mcpEffectsKey(alice, 'c'), mcpEffectsKey(alice, 'd'))
  await expect(call('d')).rejects.toThrow()
})
