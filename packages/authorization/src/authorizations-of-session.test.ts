import {
  AuthorizationId,
  consentTripKey,
  pendingAuthorizationIndexKey,
  type UserRef,
  userSessionKey,
  userSessionRefOf,
} from '@agent-identity/contracts'
import { afterAll, describe, expect, test } from '@jest/globals'
import { alice, asking, startPendingAuthorizations, token, waiter } from './test-support/pending-authorizations.ts'

const { redis, authorizations, signedIn, created, recordOf, now, advance, stop } = await startPendingAuthorizations()
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
  // No replica has settled it: it has expired, and its field in the index is still that of an open one.
  const old = await created(ref, ['old'])
  advance(600_000)
  await created(ref, ['new'])
  const index = () => redis.hkeys(pendingAuthorizationIndexKey(ref))
  expect((await index()).sort()).toEqual(['github new', `settled ${old}`, `settled ${settled}`].sort())
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

describe('the unsealed index does not lead to an authorization of', () => {
  const forged = async (owner: UserRef) => {
    const [ref, theirs] = [await signedIn(), await signedIn()]
    const other = AuthorizationId.parse(`${owner === alice ? theirs : ref}.${token(16)}`)
    const result = await authorizations.create({ ...asking(theirs), id: other, user: owner })
    if (result.outcome !== 'created') throw new Error(result.outcome)
    await redis.hset(pendingAuthorizationIndexKey(ref), 'github repo', `${result.id} ${now() + 600_000}`)
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
    await redis.hset(pendingAuthorizationIndexKey(ref), 'github repo', `${id} ${now() + 600_000}`)
    expect(await authorizations.findActive(ref, asking(ref))).toBeUndefined()
    await expect(authorizations.create(asking(ref))).rejects.toThrow('not this user’s')
  })
})
