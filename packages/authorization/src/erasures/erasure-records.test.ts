import { type Erasure, erasureKey, type UserRef } from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { createErasureRecords } from './erasure-records.ts'

const ALICE = 'a'.repeat(22) as UserRef
const NOW = 1_900_000_000_000

let server: TestRedis
let redis: Redis
beforeAll(async () => {
  server = await startTestRedis()
  redis = await server.ready()
})
afterAll(() => server.stop())

test('what is from before an erasure is refused; while one is under way, or cannot be read, so is everything', async () => {
  const records = createErasureRecords({
    redis,
    connectionKeys: { sealWith: 'k', keys: { k: 'k'.repeat(43) } },
    log: createLogger({ service: 'test', level: 'silent' }),
  })
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
  expect(await refused()).toEqual([true, true])
})
