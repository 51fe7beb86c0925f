import { EventEmitter } from 'node:events'
import { EVENT_STREAM_KEEP_ALIVE_MS, type UserSessionRef } from '@agent-identity/contracts'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Response as ExpressResponse } from 'express'
import { eventsOfTurn } from '../turns/events-of-turn.ts'
import { done, numbers, type Streams, startStreams, userSession } from './test-support/streams.ts'

let world: Streams
beforeEach(async () => {
  world = await startStreams()
})
afterEach(() => world.stop())

describe('an event stream', () => {
  test('ends when its user session does', async () => {
    const turnId = await world.asked()
    await world.write(turnId, 0, 3)
    const response = await fetch(`${world.replicas[0]?.server.url}/${turnId}`)
    world.replicas[0]?.streams.closeUserSession('o'.repeat(22) as UserSessionRef)
    world.replicas[0]?.streams.closeUserSession(userSession)
    expect(await response.text()).toContain(': open')
  })

  test('that was opened while its user signed out sends no event and ends', async () => {
    const turnId = await world.asked()
    await world.write(turnId, 0, 3)
    world.around.signedIn = false
    const text = await (await fetch(`${world.replicas[0]?.server.url}/${turnId}`)).text()
    expect(text).toBe(': open\n\n')
    world.around.signedIn = true
    await world.turns.end(turnId, world.runOf(turnId), 'done', [done])
    expect(await world.deltas(0, turnId)).toEqual(numbers(3))
  })

  /** A stream whose user has signed out while its first check is under way: that check would say "signed in". */
  async function checkedTooEarly() {
    const turnId = await world.asked()
    await world.write(turnId, 0, 3)
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    world.around.heldLook = held
    const stream = await fetch(`${world.replicas[0]?.server.url}/${turnId}`)
    while (world.around.looks.length === 0) await new Promise(setImmediate)
    world.around.heldLook = undefined
    world.around.signedIn = false
    return { turnId, stream, release }
  }

  test('that was opened after its user signed out, while an earlier check was under way, sends no event and ends', async () => {
    const { turnId, stream, release } = await checkedTooEarly()
    const second = await fetch(`${world.replicas[0]?.server.url}/${turnId}`)
    release()
    expect([await second.text(), await stream.text()]).toEqual([': open\n\n', ': open\n\n'])
  })

  test('whose user signed out while a check was under way and a message was lost sends no event and ends', async () => {
    const { stream, release } = await checkedTooEarly()
    await Promise.all(world.replicas.map(({ subscribed }) => subscribed))
    const before = world.around.subscriptions
    await world.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    while (world.around.subscriptions < before + 2) await new Promise(setImmediate)
    release()
    expect(await stream.text()).toBe(': open\n\n')
  })

  test.each<[string, () => unknown]>([
    ['was idle for too long', () => jest.advanceTimersByTime(EVENT_STREAM_KEEP_ALIVE_MS)],
    ['signed out while Redis could not say so', () => world.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')],
  ])('ends when its user %s', async (_why, happens) => {
    const turnId = await world.asked()
    await world.write(turnId, 0, 3)
    const readers = [0, 1].map((which) => fetch(`${world.replicas[which]?.server.url}/${turnId}`))
    const open = await Promise.all(readers)
    world.around.signedIn = false
    await happens()
    for (const response of open) expect(await response.text()).toContain(': open')
  })

  test('sends no event after its user session has expired without a message', async () => {
    const turnId = await world.asked()
    const { body } = await fetch(`${world.replicas[0]?.server.url}/${turnId}`)
    await world.write(turnId, 0, 3)
    let shown = ''
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      shown += chunk
      if (!shown.includes('"delta":"2"') || !world.around.signedIn) continue
      world.around.signedIn = false
      world.around.clockOffset = EVENT_STREAM_KEEP_ALIVE_MS
      await world.write(turnId, 3, 6)
    }
    expect(world.around.signedIn).toBe(false)
    expect(shown).not.toContain('"delta":"3"')
  })

  test('causes no check by itself: each tick checks a fixed number of user sessions, in turn', async () => {
    const [streams] = world.replicas.map((one) => one.streams)
    const turnId = await world.asked()
    // A new subscription checks every user session once: that must be over before the checks are counted.
    await world.replicas[0]?.subscribed
    const refs = Array.from({ length: 100 }, (_, n) => String(n).padStart(22, 'r') as UserSessionRef)
    for (const ref of [...refs, ...refs]) {
      const response = Object.assign(new EventEmitter(), { writeHead() {}, write: () => true, end() {} })
      const open = {
        source: eventsOfTurn(world.turns, turnId),
        userSession: ref,
        endsAt: Date.now() + 60_000,
        cursor: '0-0',
      }
      streams?.open({ ...open, response: response as unknown as ExpressResponse })
    }
    await world.turns.eventsAfter(turnId, '0-0')
    const rounds: UserSessionRef[][] = []
    for (let round = 0; round < 4; round++) {
      world.around.looks = []
      jest.advanceTimersByTime(EVENT_STREAM_KEEP_ALIVE_MS)
      await world.turns.eventsAfter(turnId, '0-0')
      rounds.push(world.around.looks)
    }
    expect(rounds.map(({ length }) => length)).toEqual([32, 32, 32, 32])
    expect(new Set(rounds.flat())).toEqual(new Set(refs))
  })
})
