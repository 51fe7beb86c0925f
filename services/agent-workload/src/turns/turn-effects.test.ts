import { type TurnId, turnEffectsKey } from '@agent-identity/contracts'
import { afterAll, describe, expect, test } from '@jest/globals'
import { SupersededError } from './run.ts'
import { LEASE_MS, startTurns } from './test-support/turns-in-redis.ts'

const { turns, redis, claim, claimed, advance, stop } = await startTurns()
afterAll(stop)

describe('the changes of a turn at a vendor', () => {
  const key = (turnId: TurnId) => turnEffectsKey(turnId)

  test('are known to the next run: the intent, then the outcome, sealed', async () => {
    const { turnId, run } = await claimed()
    expect(await turns.effects(turnId, run).intend('e', 5)).toBe('new')
    advance(LEASE_MS)
    const next = await claim(turnId, 'start')
    expect(await turns.effects(turnId, next).intend('e', 5)).toBe('intended')
    await turns.effects(turnId, next).recordOutcome('e', '{"number":7}')
    expect(await turns.effects(turnId, next).intend('e', 5)).toEqual({ outcome: '{"number":7}' })
    expect(await redis.hget(key(turnId), 'e')).not.toContain('number')
    expect(await redis.pttl(key(turnId))).toBeGreaterThan(0)
  })

  test('can be begun by the last run only, and completed by any run', async () => {
    const { turnId, run } = await claimed()
    await turns.effects(turnId, run).intend('e', 5)
    advance(LEASE_MS)
    const next = await claim(turnId, 'start')
    await expect(turns.effects(turnId, run).intend('other', 5)).rejects.toThrow(SupersededError)
    await turns.effects(turnId, run).recordOutcome('e', 'done')
    expect(await turns.effects(turnId, next).intend('e', 5)).toEqual({ outcome: 'done' })
  })

  test('that a later run has made are not withdrawn by the run before it', async () => {
    const { turnId, run } = await claimed()
    const before = turns.effects(turnId, run)
    expect(await before.intend('e', 5)).toBe('new')
    advance(LEASE_MS)
    const next = turns.effects(turnId, await claim(turnId, 'start'))
    expect(await next.intend('e', 5)).toBe('intended')
    await next.recordOutcome('e', 'done')
    await before.withdraw('e')
    expect(await next.intend('e', 5)).toEqual({ outcome: 'done' })
  })

  test('may be begun again when they are known not to be made', async () => {
    const { turnId, run } = await claimed()
    const effects = turns.effects(turnId, run)
    expect(await effects.intend('e', 0)).toBe('beyond-limit')
    expect(await effects.intend('e', 5)).toBe('new')
    expect(await effects.intend('e', 0)).toBe('intended')
    await effects.withdraw('e')
    // Meanwhile its user has chosen to be asked before any change.
    expect(await effects.intend('e', 0)).toBe('beyond-limit')
    expect(await effects.intend('e', 5)).toBe('new')
  })

  test('are limited, across all runs, by their number and not by their outcomes', async () => {
    const { turnId, run } = await claimed()
    const effects = turns.effects(turnId, run)
    expect(await Promise.all(['a', 'b', 'c', 'd'].map((effect) => effects.intend(effect, 3)))).toEqual([
      'new',
      'new',
      'new',
      'beyond-limit',
    ])
    await effects.withdraw('a')
    await effects.recordOutcome('b', 'done')
    advance(LEASE_MS)
    const next = turns.effects(turnId, await claim(turnId, 'start'))
    expect(await next.intend('d', 3)).toBe('beyond-limit')
    expect(await next.begun()).toHaveLength(3)
    expect((await next.begun()).filter(({ isRefused }) => isRefused)).toEqual([{ id: 'a', isRefused: true }])
    expect(await next.intend('a', 3)).toBe('new')
    expect(await next.intend('b', 0)).toEqual({ outcome: 'done' })
    expect(await next.intend('d', 'any')).toBe('new')
    expect((await next.begun()).map(({ id }) => id).sort()).toEqual(['a', 'b', 'c', 'd'])
  })
})
