import { type AuthorizationId, consentTripKey, type UserRef, userSessionRefOf } from '@agent-identity/contracts'
import { afterAll, describe, expect, test } from '@jest/globals'
import { otherOpen, started, startStarts } from './test-support/starting.ts'

const { redis, authorizations, signedIn, created, recordOf, start, startInstead, tripOf, onATrip, now, stop } =
  await startStarts()
afterAll(stop)

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
    await redis.set(consentTripKey(ref), planted(`${own} ${now()}`, `${foreign} ${now()}`))
    expect(await start(asked)).toEqual(started(asked))
    expect(await tripOf(asked)).toBe(`${asked} ${now()}`)
  })

  test('does not name another user’s authorization', async () => {
    const ref = await signedIn()
    const theirs = await created(ref, { owner: 'b'.repeat(22) as UserRef })
    const asked = await created(ref)
    await start(theirs)
    expect(await start(asked)).toEqual(started(asked))
  })
})
