import {
  AUTHORIZATION_EXPIRIES_KEY,
  AUTHORIZATION_SETTLED_CHANNEL,
  AuthorizationId,
  BINDING_NOTIFICATIONS_STREAM,
  LOOK_AFTER_CHANGE_MS,
  type PendingAuthorization,
  type PendingAuthorizationStatus,
  PLACES,
  pendingAuthorizationKey,
  type UserRef,
  userSessionKey,
  userSessionRefOf,
} from '@agent-identity/contracts'
import {
  createLogger,
  createPendingAuthorizationRecords,
  createSealer,
  type PendingAuthorizationRecords,
  randomToken,
  UnsealError,
} from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { BindingEnd } from './bind-session.ts'
import { createPendingAuthorizations } from './pending-authorizations.ts'

const NOW = 1_900_000_000_000
const BINDING_MS = 15_000

let server: TestRedis
let redis: ReturnType<TestRedis['connect']>
const ring = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
let records: PendingAuthorizationRecords
let authorizations: ReturnType<typeof createPendingAuthorizations>
beforeAll(async () => {
  server = await startTestRedis()
  redis = await server.ready()
  records = createPendingAuthorizationRecords({
    redis,
    identityArtifactKeys: ring,
    service: 'session-binding',
    log: createLogger({ service: 'test', level: 'silent' }),
  })
  authorizations = createPendingAuthorizations({
    redis,
    records,
    artifactSealer: createSealer(ring, 'identity artifact'),
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
  const facts = {
    owner: 'a'.repeat(22) as UserRef,
    provider: 'github' as const,
    displayName: 'GitHub',
    scopes: 'repo',
    createdAt: NOW,
    expiresAt: NOW + 600_000,
    stateHash: 's'.repeat(43),
    sessionUriHash: 'u'.repeat(43),
    correlationId: 'the-turn',
  }
  await redis.hset(pendingAuthorizationKey(id), {
    facts: records.sealFacts(id, facts),
    progress: records.sealNew(id),
    sealedAuthorization: 'x',
    sealedIdentityArtifact: 'x',
  })
  const record = await authorizations.read(id)
  if (!record) throw new Error('not written')
  return { id, record }
}
const statusOf = async (id: AuthorizationId) => (await authorizations.read(id))?.status
const recorded = async (...outcome: Parameters<typeof authorizations.recordOutcome>) =>
  (await authorizations.recordOutcome(...outcome)).record
/** As another process would. */
const setStatus = (id: AuthorizationId, status: PendingAuthorizationStatus) =>
  redis.hset(pendingAuthorizationKey(id), {
    progress: createSealer(ring, 'authorization progress').seal(
      JSON.stringify({ status, bindingEndsAt: NOW + BINDING_MS }),
      PLACES.authorizationProgress(id),
    ),
  })

describe('a claim', () => {
  test('is made once when many try at the same instant, and a check of the record is due when the call must have ended', async () => {
    const { id, record } = await pending()
    const claims = await Promise.all(Array.from({ length: 8 }, () => authorizations.claim(id, record)))
    expect(claims.filter(Boolean)).toEqual([
      { ...record, status: 'binding', bindingEndsAt: NOW + BINDING_MS, sealedProgress: expect.any(String) },
    ])
    expect(await redis.zscore(AUTHORIZATION_EXPIRIES_KEY, id)).toBe(String(NOW + BINDING_MS))
  })

  test('is not made once the user session has ended', async () => {
    const { id, record } = await pending()
    await redis.del(userSessionKey(userSessionRefOf(id)))
    expect(await authorizations.claim(id, record)).toBeUndefined()
    expect(await statusOf(id)).toBe('pending')
  })
})

describe('an outcome', () => {
  test.each([
    ['bound', 'bound'],
    ['refused', 'failed'],
  ] as const)('%s, is still stored after the workload has declared the process dead', async (end, status) => {
    const { id, record } = await pending()
    const claimed = await authorizations.claim(id, record)
    await setStatus(id, 'unconfirmed')
    expect(await recorded(id, claimed as PendingAuthorization, end)).toMatchObject({ status })
    expect(await statusOf(id)).toBe(status)
  })

  test.each<PendingAuthorizationStatus>([
    'cancelled',
    'expired',
    'failed',
    // Another return may have been bound.
    'unconfirmed',
  ])('denied, does not change a record that is %s', async (status) => {
    const { id, record } = await pending()
    await setStatus(id, status)
    expect(await recorded(id, record, 'denied')).toMatchObject({ status })
    expect(await statusOf(id)).toBe(status)
  })

  test.each<[BindingEnd, Partial<PendingAuthorization>]>([
    ['bound', { status: 'bound' }],
    ['refused', { status: 'failed', failure: 'refused' }],
    ['unconfirmed', { status: 'unconfirmed' }],
  ])('%s is stored, and the workload and waiting returns are notified', async (end, record) => {
    const { id, record: read } = await pending()
    const claimed = (await authorizations.claim(id, read)) as PendingAuthorization
    const listener = await server.ready()
    await listener.subscribe(AUTHORIZATION_SETTLED_CHANNEL)
    const told = new Promise((resolve) => listener.once('message', (_channel, about) => resolve(about)))
    expect(await recorded(id, claimed, end)).toMatchObject(record)
    expect(await authorizations.untilOutcome(id)).toMatchObject(record)
    expect(await told).toBe(id)
    const [[, notification] = []] = await redis.xrevrange(BINDING_NOTIFICATIONS_STREAM, '+', '-', 'COUNT', 1)
    expect(notification).toEqual(['authorizationId', id])
    expect(await redis.zscore(AUTHORIZATION_EXPIRIES_KEY, id)).toBe(String(NOW + BINDING_MS))
  })

  test('unconfirmed, does not change a record that is unconfirmed already', async () => {
    const { id, record } = await pending()
    const claimed = await authorizations.claim(id, record)
    await setStatus(id, 'unconfirmed')
    const before = await authorizations.read(id)
    expect(await recorded(id, claimed as PendingAuthorization, 'unconfirmed')).toEqual(before)
  })

  test.each<[BindingEnd, PendingAuthorizationStatus]>([
    ['bound', 'bound'],
    ['refused', 'failed'],
    ['unconfirmed', 'unconfirmed'],
  ])('%s, is stored when a failover of Redis has lost the claim during the call', async (end, status) => {
    const { id, record } = await pending()
    const claimed = (await authorizations.claim(id, record)) as PendingAuthorization
    await redis.hset(pendingAuthorizationKey(id), { progress: record.sealedProgress })
    expect(await recorded(id, claimed, end)).toMatchObject({ status })
    expect(await statusOf(id)).toBe(status)
  })

  test('bound, is not stored when the claim was lost and the user session has ended', async () => {
    const { id, record } = await pending()
    const claimed = (await authorizations.claim(id, record)) as PendingAuthorization
    await redis.hset(pendingAuthorizationKey(id), { progress: record.sealedProgress })
    await redis.del(userSessionKey(userSessionRefOf(id)))
    expect(await recorded(id, claimed, 'bound')).toMatchObject({ status: 'pending' })
  })

  test('denied, is stored, and a check of the record is due soon', async () => {
    const { id, record } = await pending()
    expect(await recorded(id, record, 'denied')).toMatchObject({
      status: 'failed',
      failure: 'denied',
    })
    // A timer that looked before the write would put the time back to the expiry.
    expect(await redis.zscore(AUTHORIZATION_EXPIRIES_KEY, id)).toBe(String(NOW + LOOK_AFTER_CHANGE_MS))
  })

  test('left its browser, is stored without a refusal, also when a browser has started the authorization meanwhile', async () => {
    const { id, record } = await pending()
    await setStatus(id, 'pending')
    const { isNew, record: left } = await authorizations.recordOutcome(id, record, 'left-its-browser')
    expect([isNew, left?.status, left?.failure]).toEqual([true, 'failed', undefined])
    expect(await statusOf(id)).toBe('failed')
    expect(await authorizations.claim(id, record)).toBeUndefined()
    expect(await redis.zscore(AUTHORIZATION_EXPIRIES_KEY, id)).toBe(String(NOW + LOOK_AFTER_CHANGE_MS))
  })

  test.each<PendingAuthorizationStatus>(['binding', 'bound', 'unconfirmed', 'cancelled', 'expired', 'failed'])(
    'left its browser, does not change a record that is %s',
    async (status) => {
      const { id, record } = await pending()
      await setStatus(id, status)
      expect((await authorizations.recordOutcome(id, record, 'left-its-browser')).isNew).toBe(false)
      expect(await statusOf(id)).toBe(status)
    },
  )

  test('of two returns at once, one of them outside of its browser, is a claim or the end, never both', async () => {
    for (let n = 0; n < 20; n++) {
      const { id, record } = await pending()
      const [claimed, { isNew }] = await Promise.all([
        authorizations.claim(id, record),
        authorizations.recordOutcome(id, record, 'left-its-browser'),
      ])
      expect([claimed !== undefined, isNew].sort()).toEqual([false, true])
    }
  })

  test('denied, is new for one of many that deny at the same instant', async () => {
    const { id, record } = await pending()
    const all = await Promise.all(Array.from({ length: 8 }, () => authorizations.recordOutcome(id, record, 'denied')))
    expect(all.filter(({ isNew }) => isNew)).toHaveLength(1)
    expect(new Set(all.map((one) => one.record?.failure))).toEqual(new Set(['denied']))
  })

  test('denied, is said when the record has changed, although the agent workload cannot be told', async () => {
    const { id, record } = await pending()
    let isSaid = false
    // Not a stream: the notification fails.
    await redis.set(BINDING_NOTIFICATIONS_STREAM, 'x')
    const recording = authorizations.recordOutcome(id, record, 'denied', () => {
      isSaid = true
    })
    await expect(recording).rejects.toThrow('WRONGTYPE')
    await redis.del(BINDING_NOTIFICATIONS_STREAM)
    expect([isSaid, await statusOf(id)]).toEqual([true, 'failed'])
  })

  test('bound, does not restore a record that was deleted', async () => {
    const { id, record } = await pending()
    const claimed = await authorizations.claim(id, record)
    await redis.del(pendingAuthorizationKey(id))
    expect(await recorded(id, claimed as PendingAuthorization, 'bound')).toBeUndefined()
    expect(await redis.exists(pendingAuthorizationKey(id))).toBe(0)
  })
})

test('the identity artifact opens for the authorization and the return that it was sealed for', async () => {
  const { id, record } = await pending()
  const artifact = { kind: 'user-id', userId: 'local+alice' } as const
  const seal = (place: string) => createSealer(ring, 'identity artifact').seal(JSON.stringify(artifact), place)
  const having = (sealedIdentityArtifact: string) => ({ ...record, sealedIdentityArtifact })
  const sealed = seal(PLACES.identityArtifact(id, record))
  expect(authorizations.openIdentityArtifact(id, having(sealed))).toEqual(artifact)
  const other = { ...having(sealed), stateHash: 'o'.repeat(43) }
  expect(() => authorizations.openIdentityArtifact(id, other)).toThrow(UnsealError)
})
