import {
  AuthorizationId,
  consentTripKey,
  pendingAuthorizationIndexKey,
  pendingAuthorizationKey,
  type UserRef,
  type UserSessionRef,
  userSessionKey,
  userSessionRefOf,
} from '@agent-identity/contracts'
import { afterAll, describe, expect, test } from '@jest/globals'
import { alice, asking, startPendingAuthorizations, token, waiter } from './test-support/pending-authorizations.ts'

const { redis, authorizations, bindings, signedIn, created, recordOf, now, advance, stop } =
  await startPendingAuthorizations()
afterAll(stop)

test('signing out removes every authorization of the user session and returns the waiters', async () => {
  const ref = await signedIn()
  const other = await created(await signedIn())
  const ids = [await created(ref, ['one']), await created(ref, ['two'])]
  await redis.set(consentTripKey(ref), `${ids[0]} ${now()}`)
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
  const end = `${now() + 600_000}`
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
  // `old` expires below, and no replica settles it.
  const old = await created(ref, ['old'])
  advance(600_000)
  await created(ref, ['new'])
  const index = () => redis.hkeys(pendingAuthorizationIndexKey(ref))
  expect((await index()).sort()).toEqual(['github new', `expired ${old}`, `settled ${settled}`].sort())
  expect(await redis.keys(`pending-authorization:{${ref}}:*`)).toHaveLength(3)
  await authorizations.removeAll(ref)
  expect(await redis.keys(`*{${ref}}*`)).toEqual([userSessionKey(ref)])

  const first = await created(ref, ['first'])
  await authorizations.end(first, 'cancelled')
  await authorizations.release(first, await recordOf(first))
  advance(1_200_000)
  await created(ref, ['last'])
  expect(await index()).toEqual(['github last'])
})

test.each(['github repo', 'github gist', 'settled x', 'expired x'])(
  'a value of the unsealed index, at %s, that is not an id and a time stands in the way of no consent, and is removed',
  async (field) => {
    for (const value of ['garbage', '', 'garbage 1x', 'garbage -1']) {
      const ref = await signedIn()
      const index = pendingAuthorizationIndexKey(ref)
      await redis.hset(index, field, value)
      const id = await created(ref)
      expect(await redis.hgetall(index)).toEqual({ 'github repo': `${id} ${now() + 600_000}` })
    }
  },
)

describe('the unsealed index does not lead to an authorization of', () => {
  const forged = async (owner: UserRef) => {
    const [ref, theirs] = [await signedIn(), await signedIn()]
    const other = AuthorizationId.parse(`${owner === alice ? theirs : ref}.${token(16)}`)
    const result = await authorizations.create({ ...asking(theirs), id: other, user: owner })
    if (result.outcome !== 'created') throw new Error(result.outcome)
    await redis.hset(pendingAuthorizationIndexKey(ref), 'github repo', `${result.id} ${now() + 600_000}`)
    return { ref, other }
  }

  test.each([
    ['another user session', alice],
    ['another user', 'b'.repeat(22) as UserRef],
  ])('%s', async (_name, owner) => {
    const { ref, other } = await forged(owner)
    expect(await authorizations.findActive(ref, asking(ref))).toBeUndefined()
    expect(await authorizations.listActive(ref, alice)).toEqual([])
    const id = await created(ref)
    expect([id === other, await authorizations.findActive(ref, asking(ref))]).toEqual([false, id])
  })

  test('another provider or other scopes', async () => {
    const ref = await signedIn()
    const id = await created(ref, ['read:user'])
    await redis.hset(pendingAuthorizationIndexKey(ref), 'github repo', `${id} ${now() + 600_000}`)
    expect(await authorizations.findActive(ref, asking(ref))).toBeUndefined()
    expect(await created(ref)).not.toBe(id)
  })

  test('a record that does not open any more: a request for the same gets a new one', async () => {
    const ref = await signedIn()
    const id = await created(ref)
    await redis.hset(pendingAuthorizationKey(id), 'facts', 'of a key that is gone')
    const next = await created(ref)
    expect([next === id, await authorizations.findActive(ref, asking(ref))]).toEqual([false, next])
  })
})

describe('an authorization of the session', () => {
  async function only(status?: 'binding' | 'bound' | 'unconfirmed') {
    const ref = await signedIn()
    const id = await created(ref)
    if (status) await bindings.change(id, await recordOf(id), { status: 'binding', bindingEndsAt: now() + 1 })
    if (status === 'unconfirmed') await authorizations.abandon(id)
    if (status === 'bound') await bindings.change(id, await recordOf(id), { status })
    return { ref, id }
  }
  const seen = async ({ ref }: { ref: UserSessionRef }) => ({
    active: await authorizations.findActive(ref, asking(ref)),
    listed: (await authorizations.listActive(ref, alice)).map((one) => one.id),
  })

  test('is active and in the list until it expires', async () => {
    const one = await only()
    advance(599_999)
    expect(await seen(one)).toEqual({ active: one.id, listed: [one.id] })
    advance(1)
    expect(await seen(one)).toEqual({ active: undefined, listed: [] })
  })

  test.each(['binding', 'bound', 'unconfirmed'] as const)(
    'whose consent came in time (%s) stays in the list after that: its connection is not written yet',
    async (status) => {
      const one = await only(status)
      advance(600_000)
      expect(await seen(one)).toEqual({ active: undefined, listed: [one.id] })
    },
  )

  test('is neither once its record is deleted', async () => {
    const one = await only()
    await redis.del(pendingAuthorizationKey(one.id))
    expect(await seen(one)).toEqual({ active: undefined, listed: [] })
    expect(await authorizations.end(one.id, 'cancelled')).toBe(false)
  })

  test('is found by all of its scopes', async () => {
    const ref = await signedIn()
    const id = await created(ref, ['gist', 'repo'])
    expect(await authorizations.findActive(ref, asking(ref, ['gist', 'repo']))).toBe(id)
    expect((await recordOf(id)).scopes).toBe('gist repo')
    for (const scopes of [['gist'], ['gistrepo']])
      expect(await authorizations.findActive(ref, asking(ref, scopes))).toBeUndefined()
  })
})
