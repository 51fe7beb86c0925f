import {
  AUTHORIZATION_EXPIRIES_KEY,
  AuthorizationId,
  type PendingAuthorization,
  pendingAuthorizationKey,
  userSessionKey,
  userSessionRefOf,
} from '@agent-identity/contracts'
import { createSealer, randomToken } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { BindingEnd } from './bind-session.ts'
import { createPendingAuthorizations } from './pending-authorizations.ts'

const NOW = 1_900_000_000_000
const BINDING_MS = 15_000

let server: TestRedis
let redis: ReturnType<TestRedis['connect']>
let authorizations: ReturnType<typeof createPendingAuthorizations>
beforeAll(async () => {
  server = await startTestRedis()
  redis = server.connect()
  await new Promise((resolve) => redis.once('ready', resolve))
  authorizations = createPendingAuthorizations({
    redis,
    artifactSealer: createSealer({ sealWith: 'k', keys: { k: 'k'.repeat(43) } }, 'identity artifact'),
    settledAuthorizations: { next: (_id, read) => read() },
    bindingMs: BINDING_MS,
    clock: () => NOW,
  })
})
afterAll(() => server.stop())

async function pending(): Promise<{ id: AuthorizationId; record: PendingAuthorization }> {
  const id = AuthorizationId.parse(`${randomToken(16)}.${randomToken(16)}`)
  await redis.set(userSessionKey(userSessionRefOf(id)), 'sealed')
  await redis.zadd(AUTHORIZATION_EXPIRIES_KEY, NOW + 600_000, id)
  await redis.hset(pendingAuthorizationKey(id), {
    status: 'pending',
    owner: 'a'.repeat(22),
    provider: 'github',
    scopes: 'repo',
    createdAt: NOW,
    expiresAt: NOW + 600_000,
    stateHash: 's'.repeat(43),
    sessionUriHash: 'u'.repeat(43),
    sealedAuthorization: 'x',
    sealedIdentityArtifact: 'x',
  })
  const record = await authorizations.read(id)
  if (!record) throw new Error('not written')
  return { id, record }
}
const statusOf = (id: AuthorizationId) => redis.hget(pendingAuthorizationKey(id), 'status')

describe('a claim', () => {
  test('is made once, of many at the same instant, and the workload looks when it must be over', async () => {
    const { id, record } = await pending()
    const claims = await Promise.all(Array.from({ length: 8 }, () => authorizations.claim(id, record)))
    expect(claims.filter(Boolean)).toEqual([{ ...record, status: 'binding', bindingEndsAt: NOW + BINDING_MS }])
    expect(await redis.zscore(AUTHORIZATION_EXPIRIES_KEY, id)).toBe(String(NOW + BINDING_MS))
  })

  test('is not made once the user session has ended', async () => {
    const { id, record } = await pending()
    await redis.del(userSessionKey(userSessionRefOf(id)))
    expect(await authorizations.claim(id, record)).toBeUndefined()
    expect(await statusOf(id)).toBe('pending')
  })
})

describe('what AgentCore has said', () => {
  test.each([
    ['bound', 'bound'],
    ['refused', 'failed'],
  ] as const)('%s, after the workload has given the process up, is written down all the same', async (end, status) => {
    const { id, record } = await pending()
    const claimed = await authorizations.claim(id, record)
    await redis.hset(pendingAuthorizationKey(id), 'status', 'unconfirmed')
    expect(await authorizations.settle(id, claimed as PendingAuthorization, end)).toMatchObject({ status })
    expect(await statusOf(id)).toBe(status)
  })

  test.each<[string, BindingEnd]>([
    ['cancelled', 'bound'],
    ['expired', 'denied'],
    ['failed', 'bound'],
  ])('does not change what is %s', async (status, end) => {
    const { id, record } = await pending()
    await redis.hset(pendingAuthorizationKey(id), 'status', status)
    expect(await authorizations.settle(id, record, end)).toMatchObject({ status })
    expect(await statusOf(id)).toBe(status)
  })

  test('brings nothing back that was removed by a sign-out', async () => {
    const { id, record } = await pending()
    const claimed = await authorizations.claim(id, record)
    await redis.del(pendingAuthorizationKey(id))
    expect(await authorizations.settle(id, claimed as PendingAuthorization, 'bound')).toBeUndefined()
    expect(await redis.exists(pendingAuthorizationKey(id))).toBe(0)
  })
})
