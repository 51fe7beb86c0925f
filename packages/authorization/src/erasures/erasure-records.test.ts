import { ERASURE_KEPT_SECONDS, type Erasure, erasureKey, type UserRef } from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { createErasureRecords } from './erasure-records.ts'

const ALICE = 'a'.repeat(22) as UserRef
const BOB = 'b'.repeat(22) as UserRef
const NOW = 1_900_000_000_000

let server: TestRedis
let redis: Redis
let records: ReturnType<typeof createErasureRecords>
beforeAll(async () => {
  server = await startTestRedis()
  redis = await server.ready()
  records = createErasureRecords({
    redis,
    connectionKeys: { sealWith: 'k', keys: { k: 'k'.repeat(43) } },
    log: createLogger({ service: 'test', level: 'silent' }),
  })
})
afterAll(() => server.stop())

test('what is from before an erasure is refused; while one is under way, or cannot be read, so is everything', async () => {
  const refused = async () => [await records.isErasedSince(ALICE, NOW), await records.isErasedSince(ALICE, NOW + 1)]
  expect(await refused()).toEqual([false, false])
  for (const [state, after] of [
    ['begun', true],
    ['erased', false],
    ['over', false],
  ] as const) {
    const erasure: Erasure = { endedAt: NOW, by: 'user', requestId: 'r', state }
    expect(await records.write(ALICE, await records.read(ALICE), erasure)).toBeDefined()
    expect(await refused()).toEqual([true, after])
  }
  await redis.set(erasureKey(ALICE), 'unreadable')
  expect(await records.read(ALICE)).toMatchObject({ stored: 'unreadable', isUnreadable: true })
  expect(await refused()).toEqual([true, true])
})

test('a mark replaces only the one that was read, and is kept for its time', async () => {
  const begun: Erasure = { endedAt: NOW, by: 'user', requestId: 'first', state: 'begun' }
  const first = await records.write(BOB, undefined, begun)
  expect(first).toBeDefined()
  expect(await records.write(BOB, undefined, { ...begun, requestId: 'second' })).toBeUndefined()
  expect(await records.read(BOB)).toEqual(first)
  expect(await records.write(BOB, first, { ...begun, state: 'over' })).toBeDefined()
  expect(await records.write(BOB, first, begun)).toBeUndefined()
  expect((await records.read(BOB))?.erasure.state).toBe('over')
  const left = await redis.ttl(erasureKey(BOB))
  expect(left).toBeGreaterThan(ERASURE_KEPT_SECONDS - 60)
  expect(left).toBeLessThanOrEqual(ERASURE_KEPT_SECONDS)
})
