import { describe, expect, test } from '@jest/globals'
import { SESSIONS } from './test-support/outside.ts'
import { quietWorld } from './test-support/quiet-world.ts'
import type { Turn } from './test-support/world.ts'

const [here, there] = SESSIONS

describe('one consent', () => {
  test('asks AgentCore for nothing before the link is opened, then once; and reads once to settle, once to probe, once to use', async () => {
    const world = quietWorld()
    const turn = await world.asks(['read'])
    expect([turn.waitsFor, world.asked]).toEqual([expect.any(String), []])
    const trip = await world.open(turn)
    expect(world.asked).toEqual(['request'])
    await world.comeBack(trip, 'alice')
    expect(turn.over).toBe('answered')
    expect(world.rows()).toEqual([['alice', 'connected']])
    expect(world.asked.toSorted()).toEqual(['read', 'read', 'read', 'request'])
    // The next consent of this process probes nothing.
    expect((await world.asks(['read'])).over).toBe('answered')
    expect(world.asked).toHaveLength(5)
  })

  test('serves all that wait for it, with the scopes of all', async () => {
    const world = quietWorld()
    const first = await world.asks(['read'])
    const second = await world.asks(['write'])
    expect(second.waitsFor).toBe(first.waitsFor)
    const trip = await world.open(first)
    expect(trip.entry.scopes).toBe('read write')
    await world.comeBack(trip, 'alice')
    expect([first.over, second.over]).toEqual(['answered', 'answered'])
  })

  test('serves fifty at the most: one more goes on without it', async () => {
    const world = quietWorld()
    const turns: Turn[] = []
    for (let asked = 0; asked < 50; asked++) turns.push(await world.asks(['read']))
    expect((await world.asks(['read'])).over).toBe('declined')
    await world.comeBack(await world.open(turns[0] as Turn), 'alice')
    expect(turns.map(({ over }) => over)).toEqual(turns.map(() => 'answered'))
  })

  test('that was written down past its own time, by a process that stood still, ends', async () => {
    let standsStill = true
    const world = quietWorld({
      async step() {
        const [due] = [...world.due.keys()]
        if (!standsStill || due === undefined) return
        standsStill = false
        world.advance(600_001)
        expect(await world.settle(due)).toBe('settled')
        world.due.delete(due)
      },
    })
    const turn = await world.asks(['read'])
    await world.settleAll()
    expect(turn.over).toBe('declined')
    expect(world.authorizationsNow().map(({ end }) => end?.outcome)).toEqual(['failed'])
  })

  test('is another one in another user session, whose browser may not open the first one’s link', async () => {
    const world = quietWorld()
    const first = await world.asks(['read'])
    const second = await world.asks(['read'], {}, there)
    expect(second.waitsFor).not.toBe(first.waitsFor)
    const refused = { outcome: 'refused', reason: 'different-user-session' }
    expect(await world.openLink(first.waitsFor as never, there)).toEqual(refused)
    expect(world.asked).toEqual([])
  })

  test('that is settled again when its authorization’s record is gone causes no call', async () => {
    const world = quietWorld()
    await world.connects('alice')
    await world.authorizations.erase('a'.repeat(22) as never)
    const calls = world.asked.length
    for (const start of world.starts.keys()) expect(await world.settle(`start ${start}`)).toBe('settled')
    expect(world.asked).toHaveLength(calls)
  })

  test('that an MCP client asks for may be given in any user session of its user', async () => {
    const world = quietWorld()
    const call = await world.asks(['read'], { anySession: true }, here)
    await world.comeBack(await world.open(call, there), 'alice')
    expect(call.over).toBe('answered')
  })
})

describe('the link', () => {
  test('can be opened again: each time is a start with an entry of its own, and the first that is settled wins; the token of another account is revoked', async () => {
    const world = quietWorld()
    const turn = await world.asks(['read'])
    const [first, second] = [await world.open(turn), await world.open(turn)]
    expect(first.entry).not.toEqual(second.entry)
    for (const [trip, account] of [
      [first, 'bob'],
      [second, 'alice'],
    ] as const) {
      trip.consented = account
      await world.return(trip)
    }
    await world.settleAll()
    expect(world.rows()).toEqual([['bob', 'connected']])
    expect([...world.vault.values()].map(({ account }) => account)).toEqual(['bob'])
    expect(world.revoked).toEqual(['token-1'])
  })

  test('keeps three starts alive, and asks AgentCore ten times at the most', async () => {
    const world = quietWorld()
    const turn = await world.asks(['read'])
    for (let times = 0; times < 10; times++) await world.open(turn)
    expect(await world.openLink(turn.waitsFor as never, here)).toEqual({ outcome: 'too-often' })
    const statuses = [...world.starts.values()].map(({ status }) => status)
    expect(statuses.filter((status) => status === 'pending')).toHaveLength(3)
    expect(world.asked.filter((one) => one === 'request')).toHaveLength(10)
  })

  test('waits for another consent that is open in the browser, if it is asked to', async () => {
    const world = quietWorld()
    await world.connects('alice')
    const other = await world.asks(['write'])
    await world.open(other)
    const turn = await world.asks(['read'], { connection: world.idOf('alice') })
    expect(turn.over).toBe('answered')
    const third = await world.asks(['write'], { connection: world.idOf('alice'), anySession: true })
    expect(await world.openLink(third.waitsFor as never, here, 'ask')).toMatchObject({ outcome: 'other-consent-open' })
    expect(await world.openLink(third.waitsFor as never, here, 'instead')).toMatchObject({ outcome: 'started' })
  })

  test('says "try again" while AgentCore is away, and loses nothing', async () => {
    const world = quietWorld()
    const turn = await world.asks(['read'])
    world.away(true)
    for (let times = 0; times < 12; times++)
      expect(await world.openLink(turn.waitsFor as never, here)).toEqual({ outcome: 'try-again' })
    world.away(false)
    await world.comeBack(await world.open(turn), 'alice')
    expect(turn.over).toBe('answered')
  })

  test('is over when its time is: its turn goes on without the access', async () => {
    const world = quietWorld()
    const turn = await world.asks(['read'])
    world.advance(600_000)
    expect(await world.openLink(turn.waitsFor as never, here)).toEqual({ outcome: 'refused', reason: 'settled' })
    await world.settleAll()
    expect([turn.over, world.asked]).toEqual(['declined', []])
  })

  test('gives each start ten minutes, also at the last moment', async () => {
    const world = quietWorld()
    const turn = await world.asks(['read'])
    world.advance(599_000)
    const trip = await world.open(turn)
    world.advance(599_000)
    await world.settleAll()
    await world.comeBack(trip, 'alice')
    expect(turn.over).toBe('answered')
  })
})

describe('more scopes', () => {
  test('are asked for together with what is granted, and the earlier token is cleared and not revoked', async () => {
    const world = quietWorld()
    await world.connects('alice')
    const turn = await world.asks(['write'])
    const trip = await world.open(turn)
    expect([trip.entry.scopes, trip.entry.parameters.login]).toEqual(['read write', 'name of alice'])
    await world.comeBack(trip, 'alice')
    expect([turn.over, world.rows()]).toEqual(['answered', [['alice', 'connected']]])
    expect([world.vault.size, world.revoked]).toEqual([1, []])
  })
})

describe('another account than the expected one', () => {
  async function withBob() {
    const world = quietWorld()
    await world.connects('alice')
    const turn = await world.asks(['write'])
    await world.comeBack(await world.open(turn), 'bob')
    return { world, turn }
  }

  test('is held: its turn goes on without the access, and nothing is called with it', async () => {
    const { world, turn } = await withBob()
    expect([turn.over, world.rows()]).toEqual([
      'declined',
      [
        ['alice', 'connected'],
        ['bob', 'wrong_account'],
      ],
    ])
    expect(world.used.map(({ token }) => token.account)).toEqual(['alice'])
    const next = await world.asks(['write'])
    expect((await world.open(next)).entry.parameters).toMatchObject({ prompt: 'select_account' })
  })

  test('is used once its user says so', async () => {
    const { world } = await withBob()
    await world.accept({ id: world.idOf('bob'), generation: 0 } as never)
    expect((await world.asks(['write'], { connection: world.idOf('bob') })).over).toBe('answered')
  })
})

describe('a disconnection', () => {
  test('ends the token at the vendor, and clears the entry', async () => {
    const world = quietWorld()
    await world.connects('alice')
    await world.disconnect(world.idOf('alice'))
    expect(world.rows()).toEqual([['alice', 'disconnecting']])
    await world.settleAll()
    expect([world.rows(), world.revoked.length, world.vault.size]).toEqual([[['alice', 'disconnected']], 1, 0])
    expect(world.at()?.connections[0]?.outcome).toBe('revoked')
  })

  test('aborts a call under way', async () => {
    const world = quietWorld()
    await world.connects('alice')
    const [connection] = world.at()?.connections ?? []
    let end: (reason: unknown) => void = () => undefined
    const call = world.calls.during('a'.repeat(22) as never, 'github', connection as never, (signal) => {
      return new Promise((_, reject) => {
        end = reject
        signal.addEventListener('abort', () => reject(signal.reason))
      })
    })
    const outcome = call.catch((error: Error) => error.name)
    await world.disconnect(undefined)
    await world.idle()
    end(new Error('too late'))
    expect(await outcome).toBe('DisconnectedError')
  })

  test('calls off what is being asked for; a consent that comes nevertheless connects nothing, and its token is ended', async () => {
    const world = quietWorld()
    await world.connects('alice')
    const turn = await world.asks(['write'])
    const trip = await world.open(turn)
    trip.consented = 'alice'
    await world.return(trip)
    await world.disconnect(world.idOf('alice'))
    await world.settleAll()
    expect([turn.over, world.rows()]).toEqual(['declined', [['alice', 'disconnected']]])
    expect([world.vault.size, world.used.length]).toEqual([0, 1])
  })

  test('of one account leaves the other one alone, also where the vendor ends whole grants', async () => {
    const world = quietWorld({ vendorEnds: 'grant' })
    await world.connects('alice')
    const other = await world.asks(['write'], {}, there)
    const trip = await world.open(other, there)
    await world.comeBack(trip, 'bob')
    await world.accept({ id: world.idOf('bob'), generation: 0 } as never)
    await world.disconnect(world.idOf('alice'))
    await world.settleAll()
    expect(world.rows()).toEqual([
      ['alice', 'disconnected'],
      ['bob', 'connected'],
    ])
    expect((await world.asks(['write'])).over).toBe('answered')
  })

  test('after which the same account is connected again does not end the new token', async () => {
    const world = quietWorld({ vendorEnds: 'grant' })
    await world.connects('alice')
    world.away(true)
    await world.disconnect(world.idOf('alice'))
    await world.settleAll()
    world.away(false)
    await world.connects('alice')
    world.advance(60_000)
    await world.settleAll()
    expect([world.rows(), world.revoked]).toEqual([[['alice', 'connected']], []])
    expect((await world.asks(['read'])).over).toBe('answered')
  })
})

describe('a sign-out', () => {
  test('calls off what was asked for in it: a return binds nothing', async () => {
    const world = quietWorld()
    const turn = await world.asks(['read'])
    const trip = await world.open(turn)
    await world.signOut(here)
    await world.comeBack(trip, 'alice')
    expect([turn.over, world.rows(), world.vault.size]).toEqual(['declined', [], 0])
  })

  test('after the binding leaves an entry, which is cleared in the user’s next session', async () => {
    const world = quietWorld()
    const trip = await world.open(await world.asks(['read']))
    trip.consented = 'alice'
    await world.return(trip)
    for (const userSession of SESSIONS) await world.signOut(userSession)
    await world.settleAll()
    expect([world.rows(), world.vault.size, world.at()?.left.length]).toEqual([[], 1, 1])
    await world.signIn(here)
    await world.settleAll()
    expect([world.vault.size, world.at()?.left.length]).toEqual([0, 0])
  })
})

describe('a token that the vendor refuses', () => {
  test('asks its user once more, and not for ever', async () => {
    const world = quietWorld()
    await world.connects('alice')
    for (const token of world.tokens.values()) token.isDead = true
    const turn = await world.asks(['read'])
    expect([turn.waitsFor !== undefined, world.rows()]).toEqual([true, [['alice', 'needs_reauthorization']]])
    const trip = await world.open(turn)
    await world.comeBack(trip, 'alice')
    expect([turn.over, world.rows()]).toEqual(['answered', [['alice', 'connected']]])
  })
})
