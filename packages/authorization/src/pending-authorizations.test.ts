import { once } from 'node:events'
import {
  AUTHORIZATION_EXPIRIES_KEY,
  AuthorizationId,
  authorizationsOfUserKey,
  CONNECTION_CHANGED_CHANNEL,
  disconnectionIdOf,
  LOOK_AFTER_CHANGE_MS,
  pendingAuthorizationKey,
  userSessionKey,
} from '@agent-identity/contracts'
import { afterAll, describe, expect, test } from '@jest/globals'
import {
  alice,
  asking,
  SECRETS,
  startPendingAuthorizations,
  token,
  waiter,
} from './test-support/pending-authorizations.ts'

const { redis, authorizations, bindings, signedIn, created, recordOf, now, advance, stop } =
  await startPendingAuthorizations()
afterAll(stop)

describe('creating', () => {
  test('does nothing after the user session has ended', async () => {
    const ref = await signedIn()
    await redis.del(userSessionKey(ref))
    const authorization = asking(ref)
    expect(await authorizations.create(authorization)).toEqual({ outcome: 'signed-out' })
    expect(await redis.zscore(authorizationsOfUserKey(authorization.user), authorization.id)).toBeNull()
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
    advance(600_000)
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
    expect(Number(await redis.zscore(AUTHORIZATION_EXPIRIES_KEY, id))).toBe(now() + 600_000)
  })
})

describe('cancelling', () => {
  test('ends it once, and the expiry timer looks soon, but not before it has ended', async () => {
    const id = await created(await signedIn())
    expect(await authorizations.end(id, 'cancelled')).toBe(true)
    // The cancelling process may die before it notifies.
    expect(Number(await redis.zscore(AUTHORIZATION_EXPIRIES_KEY, id))).toBe(now() + LOOK_AFTER_CHANGE_MS)
    expect(await authorizations.end(id, 'cancelled')).toBe(false)
  })
})

describe('waiting', () => {
  test.each([
    [-1, 'waiting'],
    [0, 'expired'],
  ])('%d ms from the expiry: %s', async (offset, expected) => {
    const id = await created(await signedIn())
    advance(600_000 + offset)
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
  await bindings.change(id, await recordOf(id), { status: 'binding', bindingEndsAt: now() + 1 })
  await bindings.change(id, await recordOf(id), { status: 'bound' })
  expect([await authorizations.join(id, waiter(1)), await authorizations.join(id, waiter(2), 'settled')]).toEqual([
    'bound',
    'waiting',
  ])
  await authorizations.release(id, await recordOf(id))
  expect(await authorizations.join(id, waiter(3), 'settled')).toBe('bound')
  expect(await authorizations.waiters(id)).toEqual([waiter(2)])
})

test('an authorization from before a disconnection does not stand in the way of a later one', async () => {
  const ref = await signedIn()
  const before = await created(ref)
  const next = { ...asking(ref), generation: 1, disconnectedAt: now() }
  expect(await authorizations.create(next)).toEqual({ outcome: 'created', id: next.id })
  const active = (generation: number) => authorizations.findActive(ref, { ...asking(ref), generation })
  expect([await active(0), await active(1), await active(2)]).toEqual([before, next.id, undefined])
  await authorizations.release(before, await recordOf(before))
  expect([await active(0), await active(1)]).toEqual([undefined, next.id])
  await authorizations.release(next.id, await recordOf(next.id))
  expect(await active(1)).toBeUndefined()
})

test('settling an authorization releases the provider and its scopes, but not those of a newer authorization', async () => {
  const ref = await signedIn()
  const first = await created(ref)
  await authorizations.release(first, await recordOf(first))
  const second = await created(ref)
  expect(second).not.toBe(first)
  await authorizations.release(first, await recordOf(first))
  expect(await authorizations.findActive(ref, asking(ref))).toBe(second)
})

describe('an authorization that is not released yet', () => {
  async function endedAs(status: 'cancelled' | 'expired' | 'denied' | 'refused') {
    const ref = await signedIn()
    const id = await created(ref)
    await authorizations.join(id, waiter(1))
    if (status === 'refused')
      await bindings.change(id, await recordOf(id), { status: 'binding', bindingEndsAt: now() + 1 })
    if (status === 'cancelled' || status === 'expired') await authorizations.end(id, status)
    else await bindings.change(id, await recordOf(id), { status: 'failed', failure: status })
    return { ref, id }
  }

  test.each(['cancelled', 'expired', 'denied', 'refused'] as const)(
    'and was %s does not stand in the way of another one, is still told, and is removed by a sign-out',
    async (status) => {
      const { ref, id } = await endedAs(status)
      expect(await authorizations.listActive(ref, alice)).toEqual([])
      expect(await authorizations.findActive(ref, asking(ref))).toBeUndefined()
      const next = asking(ref)
      expect(await authorizations.create(next)).toEqual({ outcome: 'created', id: next.id })
      expect(await authorizations.findActive(ref, asking(ref))).toBe(next.id)
      expect((await authorizations.listActive(ref, alice)).map((one) => one.id)).toEqual([next.id])
      expect(await authorizations.waiters(id)).toEqual([waiter(1)])
      await authorizations.release(id, await recordOf(id))
      expect(await authorizations.findActive(ref, asking(ref))).toBe(next.id)
      await authorizations.removeAll(ref)
      expect(await redis.keys(`*{${ref}}*`)).toEqual([userSessionKey(ref)])
    },
  )

  test('and has ended is replaced once when the same is asked for several times at once', async () => {
    const { ref } = await endedAs('cancelled')
    const asked = await Promise.all(Array.from({ length: 5 }, () => authorizations.create(asking(ref))))
    expect(new Set(asked.map((one) => (one.outcome === 'created' ? one.id : one.outcome))).size).toBe(1)
  })

  test('and has ended is not counted with the one that replaces it', async () => {
    const { ref } = await endedAs('cancelled')
    for (const scope of ['one', 'two']) await created(ref, [scope])
    expect((await authorizations.create(asking(ref))).outcome).toBe('created')
    expect(await authorizations.create(asking(ref, ['four']))).toEqual({ outcome: 'too-many' })
  })

  test.each(['binding', 'bound', 'unconfirmed'] as const)(
    'and is %s is the one for the same request',
    async (status) => {
      const ref = await signedIn()
      const id = await created(ref)
      await bindings.change(id, await recordOf(id), { status: 'binding', bindingEndsAt: now() + 1 })
      if (status !== 'binding') await bindings.change(id, await recordOf(id), { status })
      expect(await authorizations.findActive(ref, asking(ref))).toBe(id)
      expect(await authorizations.create(asking(ref))).toEqual({ outcome: 'created', id })
    },
  )
})

test('a settled authorization is neither active nor counted', async () => {
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

test('the list of connections is told of a new authorization, and when it is released', async () => {
  const ref = await signedIn()
  const subscriber = redis.duplicate({ enableOfflineQueue: true })
  await subscriber.subscribe(CONNECTION_CHANGED_CHANNEL)
  const next = async (change: Promise<unknown>) => (await Promise.all([once(subscriber, 'message'), change]))[0]
  const told = [CONNECTION_CHANGED_CHANNEL, disconnectionIdOf(asking(ref))]
  const authorization = asking(ref)
  expect(await next(authorizations.create(authorization))).toEqual(told)
  const record = await recordOf(authorization.id)
  expect(await next(authorizations.release(authorization.id, record))).toEqual(told)
  subscriber.disconnect()
})
