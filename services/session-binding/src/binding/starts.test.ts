import {
  AuthorizationId,
  BINDING_NOTIFICATIONS_STREAM,
  DUE_KEY,
  dueId,
  LOOK_AFTER_CHANGE_MS,
  PLACES,
  START_SETTLED_CHANNEL,
  StartId,
  type StartStatus,
  type StoredStart,
  startKey,
  type UserRef,
  userSessionKey,
  userSessionRefOf,
} from '@agent-identity/contracts'
import {
  createLogger,
  createSealer,
  createStartRecords,
  randomToken,
  type StartRecords,
  UnsealError,
} from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { BindingEnd } from './bind-session.ts'
import { createStarts } from './starts.ts'

const NOW = 1_900_000_000_000
const BINDING_MS = 15_000

let server: TestRedis
let redis: ReturnType<TestRedis['connect']>
const ring = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
let records: StartRecords
let starts: ReturnType<typeof createStarts>
beforeAll(async () => {
  server = await startTestRedis()
  redis = await server.ready()
  records = createStartRecords({
    redis,
    identityArtifactKeys: ring,
    service: 'session-binding',
    log: createLogger({ service: 'test', level: 'silent' }),
  })
  starts = createStarts({
    redis,
    records,
    artifactSealer: createSealer(ring, 'identity artifact'),
    settledStarts: { next: (_id, read) => read() },
    bindingMs: BINDING_MS,
    clock: () => NOW,
  })
})
afterAll(() => server.stop())

async function pending(): Promise<{ id: StartId; record: StoredStart }> {
  const id = StartId.parse(`${randomToken(16)}.${randomToken(16)}`)
  await redis.set(userSessionKey(userSessionRefOf(id)), 'sealed')
  await redis.zadd(DUE_KEY, NOW + 600_000, dueId.start(id))
  const facts = {
    owner: 'a'.repeat(22) as UserRef,
    provider: 'github' as const,
    displayName: 'GitHub',
    authorization: AuthorizationId.parse(randomToken(16)),
    entry: { credentialProvider: 'github', scopes: 'repo', parameters: {} },
    asOf: 0,
    createdAt: NOW,
    expiresAt: NOW + 600_000,
    stateHash: 's'.repeat(43),
    sessionUriHash: 'u'.repeat(43),
    correlationId: 'the-turn',
  }
  await redis.hset(startKey(id), {
    facts: records.sealFacts(id, facts),
    progress: records.sealNew(id, 'b'.repeat(43)),
    sealedIdentityArtifact: 'x',
  })
  const record = await starts.read(id)
  if (!record) throw new Error('not written')
  return { id, record }
}
const statusOf = async (id: StartId) => (await starts.read(id))?.status
const recorded = async (...outcome: Parameters<typeof starts.recordOutcome>) =>
  (await starts.recordOutcome(...outcome)).record
/** As another process would. */
const setStatus = (id: StartId, status: StartStatus) =>
  redis.hset(startKey(id), {
    progress: createSealer(ring, 'start progress').seal(
      JSON.stringify({ status, bindingEndsAt: NOW + BINDING_MS, browserHash: 'b'.repeat(43) }),
      PLACES.startProgress(id),
    ),
  })

describe('a claim', () => {
  test('is made once when many try at the same instant, and a check of the record is due when the call must have ended', async () => {
    const { id, record } = await pending()
    const claims = await Promise.all(Array.from({ length: 8 }, () => starts.claim(record)))
    expect(claims.filter(Boolean)).toEqual([
      { ...record, status: 'binding', bindingEndsAt: NOW + BINDING_MS, sealedProgress: expect.any(String) },
    ])
    expect(await redis.zscore(DUE_KEY, dueId.start(id))).toBe(String(NOW + BINDING_MS))
  })

  test('is not made once the user session has ended', async () => {
    const { id, record } = await pending()
    await redis.del(userSessionKey(userSessionRefOf(id)))
    expect(await starts.claim(record)).toBeUndefined()
    expect(await statusOf(id)).toBe('pending')
  })
})

describe('an outcome', () => {
  test.each([
    ['bound', 'bound'],
    ['refused', 'failed'],
  ] as const)('%s, is still stored after the workload has declared the process dead', async (end, status) => {
    const { id, record } = await pending()
    const claimed = await starts.claim(record)
    await setStatus(id, 'unconfirmed')
    expect(await recorded(claimed as StoredStart, end)).toMatchObject({ status })
    expect(await statusOf(id)).toBe(status)
  })

  test.each<StartStatus>([
    'cancelled',
    'expired',
    'failed',
    // Another return may have been bound.
    'unconfirmed',
  ])('denied, does not change a record that is %s', async (status) => {
    const { id, record } = await pending()
    await setStatus(id, status)
    expect(await recorded(record, 'denied')).toMatchObject({ status })
    expect(await statusOf(id)).toBe(status)
  })

  test.each<[BindingEnd, Partial<StoredStart>]>([
    ['bound', { status: 'bound' }],
    ['refused', { status: 'failed', failure: 'refused' }],
    ['unconfirmed', { status: 'unconfirmed' }],
  ])('%s is stored, and the workload and waiting returns are notified', async (end, record) => {
    const { id, record: read } = await pending()
    const claimed = (await starts.claim(read)) as StoredStart
    const listener = await server.ready()
    await listener.subscribe(START_SETTLED_CHANNEL)
    const told = new Promise((resolve) => listener.once('message', (_channel, about) => resolve(about)))
    expect(await recorded(claimed, end)).toMatchObject(record)
    expect(await starts.untilOutcome(id)).toMatchObject(record)
    expect(await told).toBe(id)
    const [[, notification] = []] = await redis.xrevrange(BINDING_NOTIFICATIONS_STREAM, '+', '-', 'COUNT', 1)
    expect(notification).toEqual(['startId', id])
    expect(await redis.zscore(DUE_KEY, dueId.start(id))).toBe(String(NOW + BINDING_MS))
  })

  test('unconfirmed, does not change a record that is unconfirmed already', async () => {
    const { id, record } = await pending()
    const claimed = await starts.claim(record)
    await setStatus(id, 'unconfirmed')
    const before = await starts.read(id)
    expect(await recorded(claimed as StoredStart, 'unconfirmed')).toEqual(before)
  })

  test.each<[BindingEnd, StartStatus]>([
    ['bound', 'bound'],
    ['refused', 'failed'],
    ['unconfirmed', 'unconfirmed'],
  ])('%s, is stored when a failover of Redis has lost the claim during the call', async (end, status) => {
    const { id, record } = await pending()
    const claimed = (await starts.claim(record)) as StoredStart
    await redis.hset(startKey(id), { progress: record.sealedProgress })
    expect(await recorded(claimed, end)).toMatchObject({ status })
    expect(await statusOf(id)).toBe(status)
  })

  test('bound, is not stored when the claim was lost and the user session has ended', async () => {
    const { id, record } = await pending()
    const claimed = (await starts.claim(record)) as StoredStart
    await redis.hset(startKey(id), { progress: record.sealedProgress })
    await redis.del(userSessionKey(userSessionRefOf(id)))
    expect(await recorded(claimed, 'bound')).toMatchObject({ status: 'pending' })
  })

  test('denied, is stored, and a check of the record is due soon', async () => {
    const { id, record } = await pending()
    expect(await recorded(record, 'denied')).toMatchObject({
      status: 'failed',
      failure: 'denied',
    })
    // A timer that looked before the write would put the time back to the expiry.
    expect(await redis.zscore(DUE_KEY, dueId.start(id))).toBe(String(NOW + LOOK_AFTER_CHANGE_MS))
  })

  test('left its browser, is stored without a refusal', async () => {
    const { id, record } = await pending()
    const { isNew, record: left } = await starts.recordOutcome(record, 'left-its-browser')
    expect([isNew, left?.status, left?.failure]).toEqual([true, 'failed', undefined])
    expect(await statusOf(id)).toBe('failed')
    expect(await starts.claim(record)).toBeUndefined()
    expect(await redis.zscore(DUE_KEY, dueId.start(id))).toBe(String(NOW + LOOK_AFTER_CHANGE_MS))
  })

  test.each<StartStatus>(['pending', 'binding', 'bound', 'unconfirmed', 'cancelled', 'expired', 'failed'])(
    'left its browser, does not change a record that is %s',
    async (status) => {
      const { id, record } = await pending()
      await setStatus(id, status)
      expect((await starts.recordOutcome(record, 'left-its-browser')).isNew).toBe(false)
      expect(await statusOf(id)).toBe(status)
    },
  )

  test('of two returns at once, one of them outside of its browser, is a claim or the end, never both', async () => {
    for (let n = 0; n < 20; n++) {
      const { record } = await pending()
      const [claimed, { isNew }] = await Promise.all([
        starts.claim(record),
        starts.recordOutcome(record, 'left-its-browser'),
      ])
      expect([claimed !== undefined, isNew].sort()).toEqual([false, true])
    }
  })

  test('denied, is new for one of many that deny at the same instant', async () => {
    const { record } = await pending()
    const all = await Promise.all(Array.from({ length: 8 }, () => starts.recordOutcome(record, 'denied')))
    expect(all.filter(({ isNew }) => isNew)).toHaveLength(1)
    expect(new Set(all.map((one) => one.record?.failure))).toEqual(new Set(['denied']))
  })

  test('denied, is said when the record has changed, although the agent workload cannot be told', async () => {
    const { id, record } = await pending()
    let isSaid = false
    // Not a stream: the notification fails.
    await redis.set(BINDING_NOTIFICATIONS_STREAM, 'x')
    const recording = starts.recordOutcome(record, 'denied', () => {
      isSaid = true
    })
    await expect(recording).rejects.toThrow('WRONGTYPE')
    await redis.del(BINDING_NOTIFICATIONS_STREAM)
    expect([isSaid, await statusOf(id)]).toEqual([true, 'failed'])
  })

  test('bound, does not restore a record that was deleted', async () => {
    const { id, record } = await pending()
    const claimed = await starts.claim(record)
    await redis.del(startKey(id))
    expect(await recorded(claimed as StoredStart, 'bound')).toBeUndefined()
    expect(await redis.exists(startKey(id))).toBe(0)
  })
})

test('the identity artifact opens for the start and the return that it was sealed for', async () => {
  const { id, record } = await pending()
  const artifact = { kind: 'user-id', userId: 'local+alice' } as const
  const seal = (place: string) => createSealer(ring, 'identity artifact').seal(JSON.stringify(artifact), place)
  const having = (sealedIdentityArtifact: string) => ({ ...record, sealedIdentityArtifact })
  const sealed = seal(PLACES.identityArtifact(id, record))
  expect(starts.openIdentityArtifact(having(sealed))).toEqual(artifact)
  const other = { ...having(sealed), stateHash: 'o'.repeat(43) }
  expect(() => starts.openIdentityArtifact(other)).toThrow(UnsealError)
})
