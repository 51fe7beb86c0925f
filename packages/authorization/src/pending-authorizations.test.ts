import { randomBytes } from 'node:crypto'
import {
  AUTHORIZATION_EXPIRIES_KEY,
  AuthorizationId,
  type ConnectionId,
  consentTripKey,
  pendingAuthorizationIndexKey,
  pendingAuthorizationKey,
  type UserRef,
  type UserSessionRef,
  userSessionKey,
  userSessionRefOf,
  type WaiterId,
} from '@agent-identity/contracts'
import { createLogger, createPendingAuthorizationRecords, createSealer } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import type { AskedFor } from './asked-for.ts'
import type { NewAuthorization } from './new-authorization.ts'
import { createPendingAuthorizations, type PendingAuthorizations } from './pending-authorizations.ts'

const ring = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
const token = (bytes: number) => randomBytes(bytes).toString('base64url')
const waiter = (n: number) => `${'c'.repeat(22)}.${'t'.repeat(10)}${n}` as WaiterId
const alice = 'a'.repeat(22) as UserRef
const SECRETS = ['https://agentcore.example/authorize', 'urn:ietf:params:oauth:request_uri:u', 'the.user.token']

let server: TestRedis
let redis: Redis
let authorizations: PendingAuthorizations
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
  authorizations = createPendingAuthorizations({
    redis,
    records,
    authorizationSealer: createSealer(ring, 'authorization'),
    artifactSealer: createSealer(ring, 'identity artifact'),
    ttlSeconds: 600,
    perUserSession: 3,
    clock: () => now,
  })
})
afterAll(() => server.stop())

async function signedIn(): Promise<UserSessionRef> {
  const ref = token(16) as UserSessionRef
  await redis.set(userSessionKey(ref), 'sealed')
  return ref
}

const asking = (ref: UserSessionRef, scopes = ['repo']): NewAuthorization => {
  const id = AuthorizationId.parse(`${ref}.${token(16)}`)
  return {
    id,
    state: `${id}.${token(32)}`,
    user: alice,
    provider: 'github',
    named: undefined,
    parameters: {},
    generation: 0,
    displayName: 'GitHub',
    scopes,
    authorizationUrl: 'https://agentcore.example/authorize?request_uri=x',
    sessionUri: 'urn:ietf:params:oauth:request_uri:u',
    artifact: { kind: 'jwt', userToken: 'the.user.token' },
    correlationId: 'the-turn',
  }
}

const recordOf = async (id: AuthorizationId) => {
  const record = await authorizations.read(id)
  if (!record) throw new Error('no record')
  return record
}

async function created(ref: UserSessionRef, scopes?: string[]): Promise<AuthorizationId> {
  const result = await authorizations.create(asking(ref, scopes))
  if (result.outcome !== 'created') throw new Error(result.outcome)
  return result.id
}

describe('creating', () => {
  test('does nothing after the user session has ended', async () => {
    const ref = await signedIn()
    await redis.del(userSessionKey(ref))
    expect(await authorizations.create(asking(ref))).toEqual({ outcome: 'signed-out' })
  })

  test('many at once for the same provider and scopes creates one', async () => {
    const ref = await signedIn()
    const results = await Promise.all(Array.from({ length: 10 }, () => authorizations.create(asking(ref))))
    expect(new Set(results.map((result) => result.outcome === 'created' && result.id)).size).toBe(1)
    expect(await redis.keys(`pending-authorization:{${ref}}:*`)).toHaveLength(1)
  })

  test('other scopes create another one, up to the limit of the user session, and expired ones do not count', async () => {
    const ref = await signedIn()
    for (const scope of ['one', 'two', 'three']) await created(ref, [scope])
    expect(await authorizations.create(asking(ref, ['four']))).toEqual({ outcome: 'too-many' })
    now += 600_000
    expect((await authorizations.create(asking(ref, ['four']))).outcome).toBe('created')
  })

  test('stores no secret in the clear', async () => {
    const ref = await signedIn()
    const authorization = asking(ref)
    await authorizations.create(authorization)
    const stored = JSON.stringify(await redis.hgetall(pendingAuthorizationKey(authorization.id)))
    for (const secret of [...SECRETS, authorization.state]) expect(stored).not.toContain(secret)
  })

  test('is known to the expiry timer', async () => {
    const id = await created(await signedIn())
    expect(Number(await redis.zscore(AUTHORIZATION_EXPIRIES_KEY, id))).toBe(now + 600_000)
  })
})

describe('cancelling', () => {
  test('ends it once, and the expiry timer checks at once', async () => {
    const id = await created(await signedIn())
    expect(await authorizations.end(id, 'cancelled')).toBe(true)
    // The cancelling process may die before it notifies: the timer is due now, and not when the authorization expires.
    expect(Number(await redis.zscore(AUTHORIZATION_EXPIRIES_KEY, id))).toBeLessThanOrEqual(now)
    expect(await authorizations.end(id, 'cancelled')).toBe(false)
  })
})

describe('waiting', () => {
  test.each([
    [-1, 'waiting'],
    [0, 'expired'],
  ])('%d ms from the expiry: %s', async (offset, expected) => {
    const id = await created(await signedIn())
    now += 600_000 + offset
    expect(await authorizations.join(id, waiter(1))).toBe(expected)
    expect(await authorizations.waiters(id)).toEqual(expected === 'waiting' ? [waiter(1)] : [])
  })

  test('is refused for a settled one, with its status', async () => {
    const id = await created(await signedIn())
    await authorizations.end(id, 'cancelled')
    expect(await authorizations.join(id, waiter(1))).toBe('cancelled')
    expect(await authorizations.join(AuthorizationId.parse(`${token(16)}.${token(16)}`), waiter(1))).toBe('missing')
  })
})

test('one may wait for what is bound, as long as the waiters have not been told', async () => {
  const id = await created(await signedIn())
  const records = createPendingAuthorizationRecords({
    redis,
    identityArtifactKeys: ring,
    service: 'session-binding',
    log: createLogger({ service: 'test', level: 'silent' }),
  })
  await records.change(id, await recordOf(id), { status: 'binding', bindingEndsAt: now + 1 })
  await records.change(id, await recordOf(id), { status: 'bound' })
  expect([await authorizations.join(id, waiter(1)), await authorizations.join(id, waiter(2), 'settled')]).toEqual([
    'bound',
    'waiting',
  ])
  await authorizations.release(id, await recordOf(id))
  expect(await authorizations.join(id, waiter(3), 'settled')).toBe('bound')
  expect(await authorizations.waiters(id)).toEqual([waiter(2)])
})

describe('one that was bound, and whose account was not compared yet,', () => {
  const bindings = () =>
    createPendingAuthorizationRecords({
      redis,
      identityArtifactKeys: ring,
      service: 'session-binding',
      log: createLogger({ service: 'test', level: 'silent' }),
    })

  async function bound(ref: UserSessionRef) {
    const id = await created(ref)
    await bindings().change(id, await recordOf(id), { status: 'binding', bindingEndsAt: now + 1 })
    await bindings().change(id, await recordOf(id), { status: 'bound' })
    return id
  }
  beforeEach(() => redis.flushall())

  test('is found in any session of its user, from the binding on, until it is settled', async () => {
    const [ref, other] = [await signedIn(), await signedIn()]
    const id = await created(ref)
    const find = () => authorizations.findUnchecked(asking(other))
    expect(await find()).toBeUndefined()
    await bindings().change(id, await recordOf(id), { status: 'binding', bindingEndsAt: now + 1 })
    expect(await find()).toBe(id)
    await bindings().change(id, await recordOf(id), { status: 'bound' })
    expect(await find()).toBe(id)
    await authorizations.release(id, await recordOf(id))
    expect(await find()).toBeUndefined()
  })

  test.each([
    ['other scopes', { scopes: ['gist'] }],
    ['other parameters', { parameters: { login: 'bob' } }],
    ['another account', { named: 'idOfHome_02' as ConnectionId }],
    ['another provider', { provider: 'gitlab' }],
    ['another user', { user: 'b'.repeat(22) as UserRef }],
  ] as const)('is nothing to %s', async (_what, other) => {
    const ref = await signedIn()
    const id = await bound(ref)
    expect(await authorizations.findUnchecked({ ...asking(ref), ...other } as AskedFor)).toBeUndefined()
    expect(await authorizations.findUnchecked(asking(ref))).toBe(id)
  })
})

test('one of before the user disconnected is not in the way of one of after', async () => {
  const ref = await signedIn()
  const before = await created(ref)
  const next = { ...asking(ref), generation: 1, disconnectedAt: now }
  expect(await authorizations.create(next)).toEqual({ outcome: 'created', id: next.id })
  const active = (generation: number) => authorizations.findActive(ref, { ...asking(ref), generation })
  expect([await active(0), await active(1), await active(2)]).toEqual([before, next.id, undefined])
  await authorizations.release(before, await recordOf(before))
  expect([await active(0), await active(1)]).toEqual([undefined, next.id])
  await authorizations.release(next.id, await recordOf(next.id))
  expect(await active(1)).toBeUndefined()
})

test('settling one releases the provider and its scopes, but not those of a newer authorization', async () => {
  const ref = await signedIn()
  const first = await created(ref)
  await authorizations.release(first, await recordOf(first))
  const second = await created(ref)
  expect(second).not.toBe(first)
  await authorizations.release(first, await recordOf(first))
  expect(await authorizations.findActive(ref, asking(ref))).toBe(second)
})

test('a settled one is neither active nor counted', async () => {
  const ref = await signedIn()
  for (let n = 0; n < 5; n++) {
    const id = await created(ref)
    await authorizations.end(id, 'cancelled')
    await authorizations.release(id, await recordOf(id))
  }
  expect(await authorizations.listActive(ref, alice)).toEqual([])
  const active = await created(ref)
  expect(await authorizations.listActive(ref, alice)).toMatchObject([{ id: active, record: { provider: 'github' } }])
})

test('signing out removes every authorization of the user session and returns the waiters', async () => {
  const ref = await signedIn()
  const other = await created(await signedIn())
  const ids = [await created(ref, ['one']), await created(ref, ['two'])]
  await redis.set(consentTripKey(ref), `${ids[0]} ${now}`)
  await Promise.all(ids.map((id, n) => authorizations.join(id, waiter(n))))
  expect((await authorizations.removeAll(ref)).sort()).toEqual([waiter(0), waiter(1)])
  expect(await redis.keys(`*{${ref}}*`)).toEqual([userSessionKey(ref)])
  expect(await authorizations.read(other)).toBeDefined()
  expect(userSessionRefOf(other)).not.toBe(ref)
  expect(await authorizations.removeAll(ref)).toEqual([])
})

test('signing out removes nothing of another user session, whatever the index contains', async () => {
  const ref = await signedIn()
  const own = await created(ref)
  const other = await created(await signedIn())
  const end = `${now + 600_000}`
  await redis.hset(pendingAuthorizationIndexKey(ref), { 'github user': `${other} ${end}`, 'github gist': 'garbage' })
  await authorizations.removeAll(ref)
  expect(await authorizations.read(own)).toBeUndefined()
  expect(await authorizations.read(other)).toBeDefined()
})

test('signing out removes settled and expired ones, too, and deleted ones are removed from the index', async () => {
  const ref = await signedIn()
  const settled = await created(ref, ['settled'])
  await authorizations.end(settled, 'cancelled')
  await authorizations.release(settled, await recordOf(settled))
  // It was not read since: the next read finds it expired.
  const old = await created(ref, ['old'])
  now += 600_000
  await created(ref, ['new'])
  const index = () => redis.hkeys(pendingAuthorizationIndexKey(ref))
  expect((await index()).sort()).toEqual(['github new', `settled ${old}`, `settled ${settled}`].sort())
  expect(await redis.keys(`pending-authorization:{${ref}}:*`)).toHaveLength(3)
  await authorizations.removeAll(ref)
  expect(await redis.keys(`*{${ref}}*`)).toEqual([userSessionKey(ref)])

  const first = await created(ref, ['first'])
  await authorizations.end(first, 'cancelled')
  await authorizations.release(first, await recordOf(first))
  now += 1_200_000
  await created(ref, ['last'])
  expect(await index()).toEqual(['github last'])
})

describe('the unsealed index does not lead to an authorization of', () => {
  const forged = async (owner: UserRef) => {
    const [ref, theirs] = [await signedIn(), await signedIn()]
    const other = AuthorizationId.parse(`${owner === alice ? theirs : ref}.${token(16)}`)
    const result = await authorizations.create({ ...asking(theirs), id: other, user: owner })
    if (result.outcome !== 'created') throw new Error(result.outcome)
    await redis.hset(pendingAuthorizationIndexKey(ref), 'github repo', `${result.id} ${now + 600_000}`)
    return ref
  }

  test.each([
    ['another user session', alice],
    ['another user', 'b'.repeat(22) as UserRef],
  ])('%s', async (_name, owner) => {
    const ref = await forged(owner)
    expect(await authorizations.findActive(ref, asking(ref))).toBeUndefined()
    expect(await authorizations.listActive(ref, alice)).toEqual([])
    await expect(authorizations.create(asking(ref))).rejects.toThrow('not this user’s')
  })

  test('another provider or other scopes', async () => {
    const ref = await signedIn()
    const id = await created(ref, ['read:user'])
    await redis.hset(pendingAuthorizationIndexKey(ref), 'github repo', `${id} ${now + 600_000}`)
    expect(await authorizations.findActive(ref, asking(ref))).toBeUndefined()
    await expect(authorizations.create(asking(ref))).rejects.toThrow('not this user’s')
  })
})
