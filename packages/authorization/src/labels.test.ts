import { describe, expect, test } from '@jest/globals'
import { SESSIONS } from './test-support/outside.ts'
import { quietWorld } from './test-support/quiet-world.ts'
import { PROVIDER } from './test-support/world.ts'

const [here, there] = SESSIONS

describe('a label that does not separate', () => {
  test('is noticed at the start: nothing is connected, and an alarm is raised', async () => {
    const world = quietWorld({ entries: 'shared' })
    await world.connects('alice')
    expect(world.alarms).toEqual(['label-does-not-separate'])
    const turn = await world.asks(['read'], {}, there)
    expect(turn.over).toBe('answered')
    await world.disconnect(undefined)
    const again = await world.asks(['read'])
    expect(await world.openLink(again.waitsFor as never, here)).toMatchObject({ outcome: 'refused' })
    await world.idle()
    expect([again.over, world.alarms.length]).toEqual(['declined', 2])
  })

  test('where the provider says so, its user has to disconnect first', async () => {
    const world = quietWorld({ entries: 'shared', provider: { ...PROVIDER, label: 'none' } })
    const [first, second] = [await world.asks(['read']), await world.asks(['read'], {}, there)]
    const [one, other] = [await world.open(first), second.waitsFor]
    await world.comeBack(one, 'alice')
    expect(world.rows()).toEqual([['alice', 'connected']])
    expect(await world.openLink(other as never, there)).toEqual({ outcome: 'disconnect-first' })
    expect([second.waitsFor, world.alarms]).toEqual([other, []])
  })

  test('and where another consent may still fill the entry, its user has to wait, also in another user session', async () => {
    const world = quietWorld({ entries: 'shared', provider: { ...PROVIDER, label: 'none' } })
    const [first, second] = [await world.asks(['read']), await world.asks(['read'], {}, there)]
    const trip = await world.open(first)
    trip.consented = 'alice'
    await world.return(trip, () => undefined)
    const before = world.asked.length
    expect(await world.openLink(second.waitsFor as never, there)).toEqual({ outcome: 'try-again' })
    expect(world.asked).toHaveLength(before)
    world.advance(600_000)
    await world.settleAll()
    expect([first.over, world.rows()]).toEqual(['declined', []])
  })
})

test('a consent that AgentCore has completed, and whose entry stays empty, is an alarm when its time is over', async () => {
  const world = quietWorld()
  const turn = await world.asks(['read'])
  const trip = await world.open(turn)
  trip.consented = 'alice'
  await world.return(trip)
  world.vault.clear()
  await world.settleAll()
  expect([turn.over, world.alarms]).toEqual([undefined, []])
  world.advance(600_000)
  await world.settleAll()
  expect([turn.over, world.rows(), world.alarms]).toEqual(['declined', [], ['completed-and-empty']])
})
