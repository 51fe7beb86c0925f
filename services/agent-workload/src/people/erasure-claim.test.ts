import type { Erasure } from '@agent-identity/contracts'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { CLAIM_MS, RENEWED_EVERY_MS, RENEWED_FOR_MS } from './erasure-claim.ts'
import { ALICE, Killed, NOW, OVER, REF, world } from './test-support/erasing.ts'

let vendors: (() => void)[] = []

beforeEach(() => {
  vendors = []
  // Only the interval of the renewals is fake.
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setTimeout', 'Date', 'performance'] })
})
afterEach(() => {
  for (const answer of vendors) answer()
  jest.useRealTimers()
})

async function waitingForVendor() {
  const { ports, ...rest } = world()
  const { end } = ports.connections
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  ports.connections.end = async (...which) => {
    ports.connections.end = end
    asked.resolve()
    await answer.promise
    return end(...which)
  }
  vendors.push(answer.resolve)
  const first = rest.end()
  await asked.promise
  async function pass(ms: number) {
    for (let passed = 0; passed < ms; passed += RENEWED_EVERY_MS) {
      rest.state.now += RENEWED_EVERY_MS
      await jest.advanceTimersByTimeAsync(RENEWED_EVERY_MS)
    }
  }
  return { ...rest, ports, first, answer: answer.resolve, pass }
}

describe('while one request works on an erasure, for longer than a claim lasts,', () => {
  test('no replica goes on with the work in its place', async () => {
    const { state, steps, erasures, first, answer, pass } = await waitingForVendor()
    const before = steps.length
    await pass(4 * CLAIM_MS)
    expect(await erasures.settle(ALICE)).toEqual({ later: state.now + CLAIM_MS })
    expect(steps.length).toBe(before)
    answer()
    await first
    expect(state).toMatchObject(OVER)
  })

  test('a second request waits, and does its own work after it', async () => {
    const { ports, steps, end, first, answer, pass } = await waitingForVendor()
    await pass(4 * CLAIM_MS)
    const { read } = ports.records
    const looked = Promise.withResolvers<void>()
    let reads = 0
    ports.records.read = async (user) => {
      reads += 1
      if (reads === 3) looked.resolve()
      return read(user)
    }
    const second = end()
    await Promise.race([looked.promise, second])
    answer()
    await Promise.all([first, second])
    const ofInterest = steps.filter((step) => /due|begun|erased|^end |sign out/.test(step))
    expect(ofInterest).toEqual([
      ...['due', 'mark begun', `end github in the name of ${REF}`, `sign out ${REF}`, 'mark erased'],
      // The user becomes due again: the end of the first erasure has removed the entry.
      ...['due', 'mark begun', 'end github in the name of no user session', 'mark erased'],
    ])
  })
})

test('when its process has died, another replica goes on when the claim is over, and not before', async () => {
  const { state, steps, killAt, erasures, end } = world({ killAt: 5 })
  await expect(end()).rejects.toThrow(Killed)
  killAt.call = Number.POSITIVE_INFINITY
  const before = steps.length
  state.now = NOW + CLAIM_MS - 1
  expect(await erasures.settle(ALICE)).toEqual({ later: NOW + CLAIM_MS })
  expect(steps.length).toBe(before)
  state.now = NOW + CLAIM_MS
  expect(await erasures.settle(ALICE)).toBe('settled')
  expect(state).toMatchObject(OVER)
})

test('work that never ends keeps others from it for five minutes', async () => {
  const { state, steps, erasures, first, answer, pass } = await waitingForVendor()
  await pass(RENEWED_FOR_MS)
  expect(await erasures.settle(ALICE)).toBe('settled')
  expect([steps.at(-1), state.userSessions]).toEqual(['mark over', []])
  answer()
  // The first erasure would read the vault in the name of a user session that is over.
  await expect(first).rejects.toThrow()
})

describe('an erasure whose mark has been replaced by another one', () => {
  const ERASED = { endedAt: NOW, by: 'user', requestId: 'r', state: 'over' } as const
  const OTHERS: [string, Erasure][] = [
    ['has been done, and its user may have signed in again', ERASED],
    ['is taken over', { ...ERASED, state: 'begun', claimedUntil: NOW + CLAIM_MS }],
  ]
  const NEXT = [
    ['after the sign-out', 'erase the authorizations'],
    ['erase the authorizations', 'erase choices'],
  ] as const

  test.each(OTHERS.flatMap(([what, mark]) => NEXT.map(([step, next]) => [what, step, next, mark] as const)))(
    '(%s, at: %s) leaves what is there (%s)',
    async (_what, step, next, mark) => {
      const { state, steps, audited, erasures, ports } = world()
      const change = () => {
        if (steps.at(-1) !== step || state.mark?.stored === 'of another') return
        state.mark = { erasure: mark, stored: 'of another' }
        state.connection = { status: 'connected', since: NOW + 1 }
      }
      for (const port of [ports.userSessions, ports.authorizations, ports.choices]) after(port, change)
      state.mark = { erasure: { ...ERASED, state: 'begun', userSession: REF }, stored: '0' }
      await erasures.settle(ALICE)
      expect(steps).toContain(step)
      expect(steps).not.toContain(next)
      expect([state.connection?.status, audited]).toEqual(['connected', []])
    },
  )
})

function after(port: object, then: () => void): void {
  for (const [name, call] of Object.entries(port))
    Object.assign(port, {
      [name]: async (...args: unknown[]) => {
        const result = await call(...args)
        then()
        return result
      },
    })
}
