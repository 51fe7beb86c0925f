import { signInTransactionKey } from '@agent-identity/contracts'
import { sha256 } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { createSignInTransactions, SIGN_IN_SECONDS } from './sign-in-transactions.ts'
import { keyRing } from './test-support/key-ring.ts'
import { createRecordedLog } from './test-support/recorded-log.ts'
import { type RedisServer, startRedisServer } from './test-support/redis-server.ts'

let redisServer: RedisServer
let redis: Redis
let now = 0
beforeAll(async () => {
  redisServer = await startRedisServer()
  redis = await redisServer.connect()
})
beforeEach(async () => {
  now = 1_000_000
  await redis.flushall()
})
afterAll(() => redisServer.stop())

const SECRET = 's'.repeat(43)

async function begun() {
  const userTokensKeys = keyRing('t1', 't1')
  const transactions = createSignInTransactions({
    redis,
    userTokensKeys,
    clock: () => now,
    log: createRecordedLog().log,
  })
  const { state, transaction } = transactions.begin('/connections', SECRET)
  await transactions.save(state, transaction)
  return { ...transactions, state, transaction, key: signInTransactionKey(sha256(state)) }
}

test('a sign-in begins with 256 random bits each, and its record ends after ten minutes', async () => {
  const [{ state, transaction, key }, other] = [await begun(), await begun()]
  for (const name of ['nonce', 'codeVerifier'] as const) {
    expect(Buffer.from(transaction[name], 'base64url')).toHaveLength(32)
    expect(transaction[name]).not.toBe(other.transaction[name])
  }
  expect(Buffer.from(state, 'base64url')).toHaveLength(32)
  expect(transaction).toMatchObject({ returnTo: '/connections', browserHash: sha256(SECRET), expiresAt: now + 600_000 })
  const left = await redis.ttl(key)
  expect(left).toBeLessThanOrEqual(SIGN_IN_SECONDS)
  expect(left).toBeGreaterThan(SIGN_IN_SECONDS - 60)
})

test.each([
  ['no secret', undefined],
  ['another secret', 'x'.repeat(43)],
])('a browser with %s does not take a sign-in, and its own browser still does', async (_name, secret) => {
  const { take, state, transaction } = await begun()
  expect(await take(state, secret)).toEqual({ refused: 'other-browser' })
  expect(await take(state, SECRET)).toEqual(transaction)
})

test('a sign-in is taken until its last millisecond, and not after', async () => {
  const [early, late] = [await begun(), await begun()]
  now += 599_999
  expect(await early.take(early.state, SECRET)).toEqual(early.transaction)
  now += 1
  expect(await late.take(late.state, SECRET)).toEqual({ refused: 'unknown-state' })
})

test('of two returns that read the same record, one takes it', async () => {
  const { take, state, transaction } = await begun()
  // One connection sends both reads before either removal.
  const taken = await Promise.all([take(state, SECRET), take(state, SECRET)])
  expect(taken).toEqual([transaction, { refused: 'unknown-state' }])
  expect(await take(state, SECRET)).toEqual({ refused: 'unknown-state' })
})

test('a sign-in does not overwrite another with the same state', async () => {
  const { take, save, state, transaction } = await begun()
  await save(state, { ...transaction, returnTo: '/elsewhere' })
  expect(await take(state, SECRET)).toEqual(transaction)
})
