import {
  PENDING_AUTHORIZATION_GRACE_SECONDS,
  pendingAuthorizationIndexKey,
  type UserSessionRef,
  userSessionRefOf,
  waitersKey,
} from '@agent-identity/contracts'
import { createSealer } from '@agent-identity/service-runtime'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createPendingAuthorizations } from './pending-authorizations.ts'
import { alice, asking, ring, startPendingAuthorizations, waiter } from './test-support/pending-authorizations.ts'

const { shared, redis, authorizations, bindings, signedIn, created, recordOf, now, advance, stop } =
  await startPendingAuthorizations()
afterAll(stop)

const LIFETIME_MS = 600_000
const GRACE_MS = PENDING_AUTHORIZATION_GRACE_SECONDS * 1_000
const index = (ref: UserSessionRef) => redis.hgetall(pendingAuthorizationIndexKey(ref))

async function bound(ref: UserSessionRef) {
  const id = await created(ref)
  await bindings.change(id, await recordOf(id), { status: 'binding', bindingEndsAt: now() + 1 })
  await bindings.change(id, await recordOf(id), { status: 'bound' })
  return id
}

describe('the index of a user session', () => {
  test('names one until its record is deleted: one that was released, and one that has expired and is not settled', async () => {
    const ref = await signedIn()
    const released = await created(ref, ['released'])
    const expired = await created(ref, ['expired'])
    const deletedAt = now() + LIFETIME_MS + GRACE_MS
    await authorizations.release(released, await recordOf(released))
    advance(LIFETIME_MS)
    const open = await created(ref, ['open'])
    expect(await index(ref)).toEqual({
      [`settled ${released}`]: `${released} ${deletedAt}`,
      [`expired ${expired}`]: `${expired} ${deletedAt}`,
      'github open': `${open} ${now() + LIFETIME_MS}`,
    })
    advance(GRACE_MS)
    const last = await created(ref, ['last'])
    expect(Object.values(await index(ref)).map((entry) => entry.split(' ')[0])).not.toContain(released)
    expect(Object.values(await index(ref)).map((entry) => entry.split(' ')[0])).toContain(last)
  })

  test('is the same when a settled one is released once more, by another replica', async () => {
    const ref = await signedIn()
    const id = await created(ref)
    const record = await recordOf(id)
    await authorizations.release(id, record)
    const before = await index(ref)
    await authorizations.release(id, record)
    expect(await index(ref)).toEqual(before)
  })
})

describe.each([
  ['for something else', 'other'],
  ['for the same', 'repo'],
])(
  'one whose consent came in time, and that has expired before it is settled, after a newer request %s',
  (_what, scope) => {
    // Otherwise, what other tests have bound for this user would be found, too.
    beforeEach(() => redis.flushall())

    async function overdue() {
      const ref = await signedIn()
      const id = await bound(ref)
      advance(LIFETIME_MS)
      return { ref, id, newer: await created(ref, [scope]) }
    }

    test('is still listed, found as unchecked, and waited for', async () => {
      const { ref, id, newer } = await overdue()
      expect((await authorizations.listActive(ref, alice)).map((one) => one.id).sort()).toEqual([id, newer].sort())
      expect(await authorizations.findUnchecked(asking(ref))).toBe(id)
      expect(await authorizations.join(id, waiter(1), 'settled')).toBe('waiting')
      expect(await authorizations.waiters(id)).toEqual([waiter(1)])
    })

    test('is none of these once it is settled, and stays in the index until its record is deleted', async () => {
      const { ref, id, newer } = await overdue()
      await authorizations.release(id, await recordOf(id))
      expect((await authorizations.listActive(ref, alice)).map((one) => one.id)).toEqual([newer])
      expect(await authorizations.findUnchecked(asking(ref))).toBeUndefined()
      expect(await authorizations.join(id, waiter(1), 'settled')).toBe('bound')
      expect(await index(ref)).toEqual({
        [`settled ${id}`]: `${id} ${now() + GRACE_MS}`,
        [`github ${scope}`]: `${newer} ${now() + LIFETIME_MS}`,
      })
    })

    test('does not count as an open one', async () => {
      const { ref } = await overdue()
      await created(ref, ['two'])
      await created(ref, ['three'])
      expect((await authorizations.create(asking(ref, ['four']))).outcome).toBe('too-many')
    })
  },
)

describe('one that waits', () => {
  test('for an authorization that ends in this moment does not wait', async () => {
    const id = await created(await signedIn())
    let isFirst = true
    const racing = Object.assign(Object.create(redis), {
      async evalsha(...of: Parameters<typeof redis.evalsha>) {
        if (isFirst) {
          isFirst = false
          await authorizations.end(id, 'cancelled')
        }
        return redis.evalsha(...of)
      },
    })
    const here = createPendingAuthorizations({
      ...{ ...shared, redis: racing, ttlSeconds: 600, perUserSession: 3 },
      artifactSealer: createSealer(ring, 'identity artifact'),
    })
    expect(await here.join(id, waiter(1))).toBe('cancelled')
    expect(await authorizations.waiters(id)).toEqual([])
  })

  test('until a bound one is settled is kept as long as any other', async () => {
    const id = await bound(await signedIn())
    expect(await authorizations.join(id, waiter(1), 'settled')).toBe('waiting')
    const left = await redis.pttl(waitersKey(id))
    expect(left).toBeGreaterThan(LIFETIME_MS + GRACE_MS - 300_000)
    expect(left).toBeLessThanOrEqual(LIFETIME_MS + GRACE_MS)
  })

  test('until a bound one is settled does not wait for a newer one for the same', async () => {
    const id = await bound(await signedIn())
    await authorizations.release(id, await recordOf(id))
    const newer = await created(userSessionRefOf(id))
    expect(await authorizations.join(id, waiter(1), 'settled')).toBe('bound')
    expect([await authorizations.waiters(id), await authorizations.waiters(newer)]).toEqual([[], []])
  })
})
