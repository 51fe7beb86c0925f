import {
  AUTHORIZATION_EXPIRIES_KEY,
  authorizationsOfUserKey,
  type ConnectionId,
  PENDING_AUTHORIZATION_GRACE_SECONDS,
  PLACES,
  pendingAuthorizationIndexKey,
  pendingAuthorizationKey,
  waitersKey,
} from '@agent-identity/contracts'
import { createSealer, sha256 } from '@agent-identity/service-runtime'
import { afterAll, describe, expect, test } from '@jest/globals'
import { alice, asking, ring, startPendingAuthorizations, waiter } from './test-support/pending-authorizations.ts'

const { redis, authorizations, bindings, signedIn, created, recordOf, now, advance, stop } =
  await startPendingAuthorizations({ perUserSession: 4 })
afterAll(stop)

const LIFETIME_MS = 600_000
const GRACE_MS = PENDING_AUTHORIZATION_GRACE_SECONDS * 1_000
const work = 'idOfWork_01' as ConnectionId

describe('what an authorization was asked for', () => {
  test('is kept with it: whose, for which account and how, and until when', async () => {
    const ref = await signedIn()
    const how = { named: work, hint: 'alice@work.example', chooser: true as const, parameters: { login: 'alice' } }
    const authorization = { ...asking(ref), ...how, generation: 2, disconnectedAt: 5 }
    await authorizations.create(authorization)
    expect(await recordOf(authorization.id)).toMatchObject({
      ...{ status: 'pending', owner: alice, provider: 'github', displayName: 'GitHub', scopes: 'repo', ...how },
      ...{ generation: 2, disconnectedAt: 5, correlationId: 'the-turn', createdAt: now() },
      expiresAt: now() + LIFETIME_MS,
      stateHash: sha256(authorization.state),
      sessionUriHash: sha256(authorization.sessionUri),
    })
  })

  test('has what its start and its binding need sealed beside it, each for its own place', async () => {
    const authorization = asking(await signedIn())
    await authorizations.create(authorization)
    const { authorizationUrl, sessionUri, id, artifact } = authorization
    const record = await recordOf(id)
    const opened = (purpose: string, sealed: string, place: string) =>
      JSON.parse(createSealer(ring, purpose).open(sealed, place))
    expect(opened('authorization', record.sealedAuthorization, PLACES.authorizationUrl(id))).toEqual({
      authorizationUrl,
      sessionUri,
    })
    const [sealed] = await redis.hmget(pendingAuthorizationKey(id), 'sealedIdentityArtifact')
    expect(opened('identity artifact', sealed ?? '', PLACES.identityArtifact(id, record))).toEqual(artifact)
  })

  test('is left out where it is not said', async () => {
    const record = await recordOf(await created(await signedIn()))
    for (const name of ['named', 'hint', 'chooser', 'generation', 'disconnectedAt'])
      expect(record).not.toHaveProperty(name)
    expect(record.parameters).toEqual({})
  })

  test('distinguishes it from another one: neither of two accounts is in the way of the other, nor of the vendor’s chooser', async () => {
    const ref = await signedIn()
    const home = 'idOfHome_02' as ConnectionId
    const asked = [{}, { named: work }, { named: work, chooser: true as const }, { named: home }].map((how) => ({
      ...asking(ref),
      ...how,
    }))
    for (const one of asked) expect(await authorizations.create(one)).toEqual({ outcome: 'created', id: one.id })
    for (const one of asked) expect(await authorizations.findActive(ref, one)).toBe(one.id)
  })
})

describe('Redis deletes', () => {
  const deletedAt = (key: string) => redis.pexpiretime(key)

  test('a record and its index when a late return can no longer ask for its outcome', async () => {
    const ref = await signedIn()
    const id = await created(ref)
    for (const key of [pendingAuthorizationKey(id), pendingAuthorizationIndexKey(ref)])
      expect(await deletedAt(key)).toBe(now() + LIFETIME_MS + GRACE_MS)
  })

  test('the waiters, as long after the last one has joined', async () => {
    const id = await created(await signedIn())
    await authorizations.join(id, waiter(1))
    const left = await redis.pttl(waitersKey(id))
    expect(left).toBeGreaterThan(LIFETIME_MS + GRACE_MS - 60_000)
    expect(left).toBeLessThanOrEqual(LIFETIME_MS + GRACE_MS)
    await authorizations.forgetWaiters(id)
    expect(await authorizations.waiters(id)).toEqual([])
  })
})

describe('the status', () => {
  test('of a binding that was left behind is unconfirmed, until AgentCore reports its outcome', async () => {
    const id = await created(await signedIn())
    expect(await authorizations.abandon(id)).toBe(false)
    await authorizations.conclude(id, 'bound')
    expect((await recordOf(id)).status).toBe('pending')
    await bindings.change(id, await recordOf(id), { status: 'binding', bindingEndsAt: now() + 1 })
    expect(await authorizations.abandon(id)).toBe(true)
    expect(await authorizations.abandon(id)).toBe(false)
    expect((await recordOf(id)).status).toBe('unconfirmed')
    await authorizations.conclude(id, 'failed')
    await authorizations.conclude(id, 'bound')
    expect((await recordOf(id)).status).toBe('failed')
  })

  test('decides who may wait: for a binding under way every caller, for an unconfirmed one until it is settled', async () => {
    const id = await created(await signedIn())
    await bindings.change(id, await recordOf(id), { status: 'binding', bindingEndsAt: now() + 1 })
    advance(LIFETIME_MS)
    expect(await authorizations.join(id, waiter(1))).toBe('waiting')
    await authorizations.abandon(id)
    expect(await authorizations.join(id, waiter(2))).toBe('unconfirmed')
    expect(await authorizations.join(id, waiter(3), 'settled')).toBe('waiting')
    await authorizations.conclude(id, 'failed')
    expect(await authorizations.join(id, waiter(4), 'settled')).toBe('failed')
    expect((await authorizations.waiters(id)).sort()).toEqual([waiter(1), waiter(3)])
  })
})

test('the expiry timer looks again when it is told to, and not once it is final', async () => {
  const id = await created(await signedIn())
  await authorizations.lookAgainAt(id, now() + 5)
  expect(Number(await redis.zscore(AUTHORIZATION_EXPIRIES_KEY, id))).toBe(now() + 5)
  advance(10)
  await authorizations.end(id, 'cancelled')
  expect(Number(await redis.zscore(AUTHORIZATION_EXPIRIES_KEY, id))).toBe(now() - 5)
  await authorizations.forgetExpiry(id)
  expect(await redis.zscore(AUTHORIZATION_EXPIRIES_KEY, id)).toBeNull()
  await authorizations.end(id, 'cancelled')
  expect(await redis.zscore(AUTHORIZATION_EXPIRIES_KEY, id)).toBeNull()
})

test('the authorizations of a user are listed over all of their sessions, for one connection or for all, until they are forgotten', async () => {
  await redis.flushall()
  const [ref, other] = [await signedIn(), await signedIn()]
  const here = await created(ref)
  const atWork = { ...asking(other), named: work }
  await authorizations.create(atWork)
  const profile = { ...asking(other), provider: 'profile' }
  await authorizations.create(profile)
  const connection = { user: alice, provider: 'github', named: undefined }
  const idsOf = (found: { id: string }[]) => found.map(({ id }) => id).sort()
  expect(idsOf(await authorizations.listOfUser(alice))).toEqual([here, atWork.id, profile.id].sort())
  expect(idsOf(await authorizations.listOf(connection))).toEqual([here])
  expect(idsOf(await authorizations.listOf({ ...connection, named: work }))).toEqual([atWork.id])
  await authorizations.removeAll(other)
  expect(idsOf(await authorizations.listOfUser(alice))).toEqual([here])
  await authorizations.forgetOfUser(alice)
  expect([await authorizations.listOfUser(alice), await redis.exists(authorizationsOfUserKey(alice))]).toEqual([[], 0])
})
