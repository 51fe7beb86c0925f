import { DUE_KEY } from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { startExpiryTimer } from './expiry-timer.ts'

const NOW = 1_900_000_000_000
const log = createLogger({ service: 'test', level: 'silent' })
let server: TestRedis
let redis: Redis
let timer: { stop(): void }

beforeEach(async () => {
  server = await startTestRedis()
  redis = await server.ready()
})
afterEach(async () => {
  timer.stop()
  await server.stop()
})

test.each([
  ['records', {}],
  ['confirmations', { id: 'an-id' }],
  ['erasures', {}],
] as const)(
  'an id of %s that cannot be settled is logged without the user ref that it may contain',
  async (what, named) => {
    await redis.zadd(DUE_KEY, NOW, 'an-id')
    const [key, err] = [DUE_KEY, new Error('an unreadable record')]
    const logged = Promise.withResolvers<unknown[]>()
    const settle = () => Promise.reject(err)
    const to = { error: (...line: unknown[]) => logged.resolve(line) } as unknown as typeof log
    timer = startExpiryTimer({ redis, key, what, settle, clock: () => NOW, log: to })
    expect(await logged.promise).toEqual([{ err, key, ...named }, `settling due ${what} failed`])
  },
)

test('an id that cannot be settled does not delay others, and is checked again later', async () => {
  for (const [n, id] of ['broken', 'fine', 'early'].entries())
    await redis.zadd(DUE_KEY, id === 'early' ? NOW + 1 : NOW - 10 + n, id)
  const settled: string[] = []
  await new Promise<void>((resolve) => {
    timer = startExpiryTimer<string>({
      redis,
      key: DUE_KEY,
      what: 'records',
      async settle(id) {
        if (id === 'broken') throw new Error('an unreadable record')
        settled.push(id)
        await redis.zrem(DUE_KEY, id)
        resolve()
        return 'settled'
      },
      clock: () => NOW,
      log,
    })
  })
  expect(settled).toEqual(['fine'])
  expect(Number(await redis.zscore(DUE_KEY, 'broken'))).toBeGreaterThan(NOW)
  expect(Number(await redis.zscore(DUE_KEY, 'early'))).toBe(NOW + 1)
})

test('an id that is slow to settle, for example without an answer of AgentCore, does not delay those that are due with it', async () => {
  for (const id of ['a slow one', 'b']) await redis.zadd(DUE_KEY, NOW, id)
  let finish = () => {}
  await new Promise<void>((resolve) => {
    timer = startExpiryTimer<string>({
      redis,
      key: DUE_KEY,
      what: 'records',
      settle: (id) =>
        new Promise((settled) => {
          if (id === 'a slow one') finish = () => settled('settled')
          else resolve()
        }),
      clock: () => NOW,
      log,
    })
  })
  finish()
})

test('an id that is slow to settle delays what is due later by a second at most, and is not settled twice at a time', async () => {
  await redis.zadd(DUE_KEY, NOW, 'a slow one')
  const begun: string[] = []
  const later = Promise.withResolvers<void>()
  timer = startExpiryTimer<string>({
    redis,
    key: DUE_KEY,
    what: 'records',
    async settle(id) {
      begun.push(id)
      if (id === 'due later') later.resolve()
      else await redis.zadd(DUE_KEY, NOW, 'due later')
      return new Promise(() => {})
    },
    clock: () => NOW,
    log,
  })
  await later.promise
  expect(begun).toEqual(['a slow one', 'due later'])
})
