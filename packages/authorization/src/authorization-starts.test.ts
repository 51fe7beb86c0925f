import { randomBytes } from 'node:crypto'
import {
  AuthorizationId,
  consentTripKey,
  type PendingAuthorizationStatus,
  PLACES,
  pendingAuthorizationKey,
  type UserRef,
  type UserSessionRef,
  userSessionKey,
  userSessionRefOf,
} from '@agent-identity/contracts'
import { createLogger, createPendingAuthorizationRecords, createSealer } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { type AuthorizationStarts, createAuthorizationStarts } from './authorization-starts.ts'
import { createPendingAuthorizations, type PendingAuthorizations } from './pending-authorizations.ts'

const ring = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
const token = (bytes: number) => randomBytes(bytes).toString('base64url')
const FIRST_BROWSER = 'f'.repeat(43)
const SECOND_BROWSER = 's'.repeat(43)
const alice = 'a'.repeat(22) as UserRef

let server: TestRedis
let redis: Redis
let authorizations: PendingAuthorizations
let starts: AuthorizationStarts
let unlimited: AuthorizationStarts
let now = 1_900_000_000_000

beforeAll(async () => {
  server = await startTestRedis()
  redis = server.connect()
  await new Promise((resolve) => redis.once('ready', resolve))
  const records = createPendingAuthorizationRecords({
    redis,
    identityArtifactKeys: ring,
    service: 'agent-workload',
    log: createLogger({ service: 'test', level: 'silent' }),
  })
  const shared = { redis, records, authorizationSealer: createSealer(ring, 'authorization'), clock: () => now }
  authorizations = createPendingAuthorizations({
    ...shared,
    artifactSealer: createSealer(ring, 'identity artifact'),
    ttlSeconds: 600,
    perUserSession: 10,
  })
  starts = createAuthorizationStarts({ ...shared, consentsAtOnce: 'one' })
  unlimited = createAuthorizationStarts({ ...shared, consentsAtOnce: 'many' })
})
afterAll(() => server.stop())

async function signedIn(): Promise<UserSessionRef> {
  const ref = token(16) as UserSessionRef
  await redis.set(userSessionKey(ref), 'sealed')
  return ref
}

const urlOf = (id: AuthorizationId) => `https://agentcore.example/authorize?request_uri=${id}`

async function created(ref: UserSessionRef, { scope = token(4), owner = alice } = {}): Promise<AuthorizationId> {
  const id = AuthorizationId.parse(`${ref}.${token(16)}`)
  const result = await authorizations.create({
    id,
    state: `${id}.${token(32)}`,
    owner,
    provider: 'github',
    displayName: 'GitHub',
    scopes: [scope],
    authorizationUrl: urlOf(id),
    sessionUri: `urn:ietf:params:oauth:request_uri:${token(8)}`,
    artifact: { kind: 'jwt', userToken: 'the.user.token' },
    correlationId: 'the-turn',
  })
  expect(result).toEqual({ outcome: 'created', id })
  return id
}

async function recordOf(id: AuthorizationId) {
  const record = await authorizations.read(id)
  if (!record) throw new Error('no record')
  return record
}

async function start(id: AuthorizationId, browser = FIRST_BROWSER, by = starts) {
  return by.start(id, await recordOf(id), browser, 'ask')
}
async function startInstead(id: AuthorizationId, browser = FIRST_BROWSER) {
  return starts.start(id, await recordOf(id), browser, 'instead')
}

const started = (id: AuthorizationId) => ({ outcome: 'started', authorizationUrl: urlOf(id) })
const open = (id: AuthorizationId) => expect.objectContaining({ id })
const otherOpen = (id: AuthorizationId) => ({ outcome: 'other-consent-open', open: open(id) })
const setStatus = (id: AuthorizationId, status: PendingAuthorizationStatus) =>
  redis.hset(pendingAuthorizationKey(id), {
    progress: createSealer(ring, 'authorization progress').seal(
      JSON.stringify({ status, browserHash: FIRST_BROWSER }),
      PLACES.authorizationProgress(id),
    ),
  })
const tripOf = (id: AuthorizationId) => redis.get(consentTripKey(userSessionRefOf(id)))

/** Two authorizations of one user session, the first of them started. */
async function onATrip(): Promise<[AuthorizationId, AuthorizationId]> {
  const ref = await signedIn()
  const ids: [AuthorizationId, AuthorizationId] = [await created(ref), await created(ref)]
  expect(await start(ids[0])).toEqual(started(ids[0]))
  return ids
}

describe('one authorization', () => {
  test('returns the URL to one browser, any number of times, and to no other', async () => {
    const id = await created(await signedIn())
    expect(await start(id)).toEqual(started(id))
    expect(await start(id, SECOND_BROWSER)).toEqual({ outcome: 'different-browser' })
    expect(await start(id)).toEqual(started(id))
  })

  test('of several browsers at the same instant, one wins', async () => {
    const id = await created(await signedIn())
    const record = await recordOf(id)
    const results = await Promise.all(
      ['a', 'b', 'c', 'd'].map((letter) => starts.start(id, record, letter.repeat(43), 'ask')),
    )
    expect(results.filter(({ outcome }) => outcome !== 'different-browser')).toHaveLength(1)
  })

  test('is not started once it is cancelled, nor once the user session has ended, and no consent trip begins', async () => {
    const [cancelled, signedOut] = [await created(await signedIn()), await created(await signedIn())]
    const record = await recordOf(cancelled)
    await authorizations.end(cancelled, 'cancelled')
    await redis.del(userSessionKey(userSessionRefOf(signedOut)))
    expect(await starts.start(cancelled, record, FIRST_BROWSER, 'ask')).toEqual({ outcome: 'settled' })
    expect(await start(signedOut)).toEqual({ outcome: 'settled' })
    expect([await tripOf(cancelled), await tripOf(signedOut)]).toEqual([null, null])
  })

  test('does not open a value that was moved into another record', async () => {
    const [one, other] = [await created(await signedIn()), await created(await signedIn())]
    await redis.hset(pendingAuthorizationKey(one), 'sealedAuthorization', (await recordOf(other)).sealedAuthorization)
    await expect(start(one)).rejects.toThrow('does not open')
  })
})

describe('a second authorization in the same browser', () => {
  test('is not started while the first one is open, and nothing changes', async () => {
    const [first, second] = await onATrip()
    const trip = await tripOf(first)
    now += 60_000
    expect(await start(second)).toEqual(otherOpen(first))
    expect((await recordOf(second)).browserHash).toBeUndefined()
    expect(await tripOf(first)).toBe(trip)
    expect(trip).toBe(`${first} ${now - 60_000}`)
  })

  test.each(['binding', 'bound', 'failed', 'unconfirmed', 'cancelled', 'expired'] as const)(
    'is started at once when the first one is %s',
    async (status) => {
      const [first, second] = await onATrip()
      await setStatus(first, status)
      expect(await start(second)).toEqual(started(second))
      expect(await tripOf(second)).toMatch(second)
    },
  )

  test('is started at once when the first one is deleted', async () => {
    const [first, second] = await onATrip()
    await redis.del(pendingAuthorizationKey(first))
    expect(await start(second)).toEqual(started(second))
  })

  test.each([
    [-1, false],
    [0, true],
  ])('%d ms from the expiry of the first one: started %s', async (offset, handedOut) => {
    const ref = await signedIn()
    const first = await created(ref)
    await start(first)
    now += 300_000
    const second = await created(ref)
    now += 300_000 + offset
    expect((await start(second)).outcome).toBe(handedOut ? 'started' : 'other-consent-open')
  })

  test('is started instead when the user chooses it; then a start of the first one asks, and it stays pending', async () => {
    const [first, second] = await onATrip()
    expect(await startInstead(second)).toEqual({ ...started(second), setAside: open(first) })
    expect((await recordOf(first)).status).toBe('pending')
    expect(await start(first)).toEqual(otherOpen(second))
    expect(await startInstead(first)).toEqual({ ...started(first), setAside: open(second) })
    expect(await start(first)).toEqual(started(first))
  })

  test('sets nothing aside when nothing is open', async () => {
    const [first, second] = await onATrip()
    expect(await startInstead(first)).toEqual(started(first))
    await setStatus(first, 'cancelled')
    expect(await startInstead(second)).toEqual(started(second))
  })

  test('does not reveal a consent trip to another browser', async () => {
    const [first, second] = await onATrip()
    expect(await start(first, SECOND_BROWSER)).toEqual({ outcome: 'different-browser' })
    // As if it had been started in another browser: a consent trip belongs to one browser.
    expect(await start(second, SECOND_BROWSER)).toEqual(started(second))
  })

  test('is started at once with CONSENTS_AT_ONCE=many, and no consent trip is stored', async () => {
    const ref = await signedIn()
    const [first, second] = [await created(ref), await created(ref)]
    for (const id of [first, second]) expect(await start(id, FIRST_BROWSER, unlimited)).toEqual(started(id))
    expect(await tripOf(first)).toBeNull()
    expect(await start(second, SECOND_BROWSER, unlimited)).toEqual({ outcome: 'different-browser' })
  })
})

describe('at the same moment', () => {
  test('of many authorizations, exactly one is started; the others name it', async () => {
    const ref = await signedIn()
    const ids = await Promise.all(Array.from({ length: 10 }, () => created(ref)))
    const results = await Promise.all(ids.map((id) => start(id)))
    const winners = ids.filter((_id, n) => results[n]?.outcome === 'started')
    expect(winners).toHaveLength(1)
    const [winner] = winners as [AuthorizationId]
    expect(results.filter(({ outcome }) => outcome !== 'started')).toEqual(Array(9).fill(otherOpen(winner)))
    expect(await tripOf(winner)).toMatch(winner)
  })

  test('the same authorization is started in every tab', async () => {
    const id = await created(await signedIn())
    expect(await Promise.all(Array.from({ length: 10 }, () => start(id)))).toEqual(Array(10).fill(started(id)))
  })

  test('going on from several tabs: the last one is open, and each other one was set aside once', async () => {
    const ref = await signedIn()
    const [first, ...others] = (await Promise.all(Array.from({ length: 5 }, () => created(ref)))) as [AuthorizationId]
    await start(first)
    const results = await Promise.all(others.map((id) => startInstead(id)))
    const setAside = results.flatMap((result) => (result.outcome === 'started' ? [result.setAside?.id] : []))
    const last = [first, ...others].filter((id) => !setAside.includes(id))
    expect(new Set(setAside).size).toBe(4)
    expect(last).toHaveLength(1)
    expect(await tripOf(first)).toMatch(last[0] as string)
    expect(await start(first)).toEqual(otherOpen(last[0] as AuthorizationId))
  })
})

describe('the consent trip in Redis', () => {
  test('ends with its authorization, and with the sign-out', async () => {
    const [first] = await onATrip()
    const key = consentTripKey(userSessionRefOf(first))
    expect(await redis.call('PEXPIRETIME', key)).toBe((await recordOf(first)).expiresAt)
    await authorizations.removeAll(userSessionRefOf(first))
    expect(await redis.exists(key)).toBe(0)
  })

  test.each([
    ['an invalid value', () => 'nonsense'],
    ['another user session’s authorization', (_own: string, foreign: string) => foreign],
    ['an authorization that no browser has started', (own: string) => own],
  ])('that a writer has changed to %s does not prevent a start', async (_what, planted) => {
    const [foreign] = await onATrip()
    const ref = await signedIn()
    const [own, asked] = [await created(ref), await created(ref)]
    await redis.set(consentTripKey(ref), planted(`${own} ${now}`, `${foreign} ${now}`))
    expect(await start(asked)).toEqual(started(asked))
    expect(await tripOf(asked)).toBe(`${asked} ${now}`)
  })

  test('does not name another user’s authorization', async () => {
    const ref = await signedIn()
    const theirs = await created(ref, { owner: 'b'.repeat(22) as UserRef })
    const asked = await created(ref)
    await start(theirs)
    expect(await start(asked)).toEqual(started(asked))
  })
})
