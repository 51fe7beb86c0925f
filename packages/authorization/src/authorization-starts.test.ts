import { pendingAuthorizationKey, userSessionKey, userSessionRefOf } from '@agent-identity/contracts'
import { afterAll, describe, expect, test } from '@jest/globals'
import { createAuthorizationStarts } from './authorization-starts.ts'
import { FIRST_BROWSER, open, otherOpen, SECOND_BROWSER, started, startStarts } from './test-support/starting.ts'

const {
  redis,
  shared,
  authorizations,
  starts,
  unlimited,
  signedIn,
  created,
  recordOf,
  start,
  startInstead,
  setStatus,
  tripOf,
  onATrip,
  now,
  advance,
  stop,
} = await startStarts()
afterAll(stop)

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
    expect(await start(one)).toEqual({ outcome: 'not-readable' })
    expect((await recordOf(one)).browserHash).toBeUndefined()
  })
})

describe('a second authorization in the same browser', () => {
  test('is not started while the first one is open, and nothing changes', async () => {
    const [first, second] = await onATrip()
    const trip = await tripOf(first)
    advance(60_000)
    expect(await start(second)).toEqual(otherOpen(first))
    expect((await recordOf(second)).browserHash).toBeUndefined()
    expect(await tripOf(first)).toBe(trip)
    expect(trip).toBe(`${first} ${now() - 60_000}`)
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
    advance(300_000)
    const second = await created(ref)
    advance(300_000 + offset)
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

  test.each(['bound', 'cancelled'] as const)('does not set aside a first one that is %s meanwhile', async (status) => {
    const [first, second] = await onATrip()
    const racing = Object.assign(Object.create(redis), {
      async evalsha(...of: Parameters<typeof redis.evalsha>) {
        await setStatus(first, status)
        return redis.evalsha(...of)
      },
    })
    const others = createAuthorizationStarts({ ...shared, redis: racing, consentsAtOnce: 'one' })
    const record = await recordOf(second)
    expect(await others.start(second, record, FIRST_BROWSER, 'instead')).toEqual(started(second))
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
    // The first browser's consent trip does not count here.
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
