import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'
import { TURN_EVENTS_CHANNEL, type TurnId } from '@agent-identity/contracts'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Response as ExpressResponse } from 'express'
import { eventsOfTurn } from '../turns/events-of-turn.ts'
import type { StreamSource } from './event-streams.ts'
import { done, numbers, PER_USER_SESSION, type Streams, startStreams, userSession } from './test-support/streams.ts'

let world: Streams
beforeEach(async () => {
  world = await startStreams()
})
afterEach(() => world.stop())

describe('an event stream', () => {
  test('has no gaps or duplicates, on any replica, while events arrive', async () => {
    const turnId = await world.asked()
    const readers = [world.deltas(0, turnId), world.deltas(1, turnId), world.deltas(0, turnId)]
    await world.write(turnId, 0, 300)
    readers.push(world.deltas(1, turnId))
    await world.write(turnId, 300, 600)
    await world.turns.end(turnId, world.runOf(turnId), 'done', [done])
    for (const reader of readers) expect(await reader).toEqual(numbers(600))
  })

  test('goes on from the last event that the browser saw', async () => {
    const turnId = await world.asked()
    await world.write(turnId, 0, 10)
    const seen = (await world.turns.eventsAfter(turnId, '0-0'))[4]
    const rest = world.deltas(1, turnId, seen?.id)
    await world.turns.end(turnId, world.runOf(turnId), 'done', [done])
    expect(await rest).toEqual(numbers(10, 5))
  })

  test('that has ended gets no late writes', async () => {
    const turnId = await world.asked()
    await world.write(turnId, 0, 3)
    let release = () => {}
    world.around.held = new Promise((resolve) => {
      release = resolve
    })
    // A client so slow that its ended answer does not finish: a later write would be an unhandled error.
    const written: string[] = []
    const response = Object.assign(new EventEmitter(), {
      writableEnded: false,
      writeHead() {},
      write: (text: string) => written.push(text) > 0,
      end() {
        this.writableEnded = true
      },
    })
    const endsAt = Date.now() + 60_000
    const open = {
      source: eventsOfTurn({ eventsAfter: world.heldEvents }, turnId),
      userSession,
      endsAt,
      response: response as unknown as ExpressResponse,
      cursor: '0-0',
    }
    world.replicas[0]?.streams.open(open)
    await world.turns.eventsAfter(turnId, '0-0')
    world.replicas[0]?.streams.closeUserSession(userSession)
    release()
    await world.turns.eventsAfter(turnId, '0-0')
    expect(written).toEqual([': open\n\n'])
  })

  test('that has ended reads no more, although a message came with its last event', async () => {
    const topic = await world.asked()
    const replica = world.replicas[0]
    await replica?.subscribed
    const opened = (read: StreamSource['read']) => {
      const response = Object.assign(new EventEmitter(), { writeHead() {}, write: () => true, end() {} })
      const source = { channel: TURN_EVENTS_CHANNEL, topic, read } as const
      const rest = { userSession, endsAt: Date.now() + 60_000, cursor: '0-0' }
      replica?.streams.open({ source, response: response as unknown as ExpressResponse, ...rest })
    }
    const last = { events: [{ event: 'done', data: '{}' }], isMore: true }
    let answer = (_: typeof last) => {}
    let reads = 0
    opened(() => {
      reads++
      return new Promise((resolve) => {
        answer = resolve
      })
    })
    // The second stream reads when it opens, and at each message, after the first stream got that message.
    let told = () => {}
    const readAfter = async (cause: () => unknown) => {
      const read = new Promise<void>((resolve) => {
        told = resolve
      })
      await cause()
      await read
    }
    const message = () => world.redis.publish(TURN_EVENTS_CHANNEL, topic)
    await readAfter(() =>
      opened(async () => {
        told()
        return { events: [], isMore: false }
      }),
    )
    await readAfter(message)
    answer(last)
    await readAfter(message)
    expect(reads).toBe(1)
  })

  test('does not delay others when its client is slow', async () => {
    const turnId = await world.asked()
    const slow = await fetch(`${world.replicas[0]?.server.url}/${turnId}`)
    const big = 'x'.repeat(20_000)
    for (let n = 0; n < 200; n++)
      await world.turns.append(turnId, { event: 'text', data: { delta: big } }, world.runOf(turnId))
    const fast = world.deltas(0, turnId)
    await world.write(turnId, 0, 5)
    await world.turns.end(turnId, world.runOf(turnId), 'done', [done])
    expect(await fast).toEqual(numbers(5))
    expect((await slow.text()).length).toBeGreaterThan(200 * 20_000)
  })
})

describe('event streams of one user session', () => {
  const open = (turnId: TurnId, headers: Record<string, string> = {}, which = 0, signal: AbortSignal | null = null) =>
    fetch(`${world.replicas[which]?.server.url}/${turnId}`, { headers, signal })

  test('are limited in each process, and when one has ended, one more is accepted', async () => {
    const turnId = await world.asked()
    const responses: Response[] = []
    for (let n = 0; n < PER_USER_SESSION; n++) responses.push(await open(turnId))
    expect(responses.map(({ status }) => status)).toEqual(Array(PER_USER_SESSION).fill(200))
    expect((await open(turnId)).status).toBe(429)

    expect((await open(turnId, { 'user-session': 'o'.repeat(22) })).status).toBe(200)
    expect((await open(turnId, {}, 1)).status).toBe(200)
    const closed = new Promise<void>((resolve) => {
      world.around.onClose = resolve
    })
    await responses.pop()?.body?.cancel()
    await closed
    expect((await open(turnId)).status).toBe(200)
  })

  test('whose client left before they were opened do not count, and read nothing', async () => {
    const turnId = await world.asked()
    const { beforeOpen } = world.around
    for (let n = 0; n < PER_USER_SESSION; n++) {
      const client = new AbortController()
      const { promise: over, resolve } = Promise.withResolvers<void>()
      world.around.beforeOpen = async (response) => {
        client.abort()
        await once(response, 'close')
        setImmediate(resolve)
      }
      await expect(open(turnId, {}, 0, client.signal)).rejects.toThrow()
      await over
    }
    expect(world.around.looks).toEqual([])
    world.around.beforeOpen = beforeOpen
    expect((await open(turnId)).status).toBe(200)
  })

  test('that their client does not read are closed, without other effects', async () => {
    const quick = await world.replica(200)
    world.replicas.push(quick)
    const turnId = await world.asked()
    const socket = connect(Number(new URL(quick.server.url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.pause()
    socket.write(`GET /${turnId} HTTP/1.1\r\nHost: x\r\n\r\n`)
    socket.on('error', () => undefined)
    const gone = once(socket, 'close')
    const cutOff = new Promise<void>((resolve) => {
      world.around.onClose = resolve
    })

    // This reader reads another turn: a stream of the big events that is not read for 200 ms would be closed, too.
    const other = await world.asked()
    const reader = world.deltas(world.replicas.length - 1, other)
    const big = 'x'.repeat(20_000)
    for (let n = 0; n < 800; n++)
      await world.turns.append(turnId, { event: 'text', data: { delta: big } }, world.runOf(turnId))
    await cutOff
    let received = 0
    socket.on('data', (chunk) => {
      received += chunk.length
    })
    socket.resume()
    await gone
    expect(received).toBeLessThan(800 * 20_000)

    await world.write(other, 0, 3)
    await world.turns.end(other, world.runOf(other), 'done', [done])
    expect(await reader).toEqual(numbers(3))
  })
})
