import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'
import {
  CONNECTION_CHANGED_CHANNEL,
  type ConversationId,
  EVENT_STREAM_KEEP_ALIVE_MS,
  type TurnId,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { createLogger, listen, type RunningServer } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import express, { type Response as ExpressResponse } from 'express'
import type { Redis } from 'ioredis'
import { eventsOfTurn } from '../turns/events-of-turn.ts'
import type { Run } from '../turns/run.ts'
import { createTurns, type Turns } from '../turns/turns.ts'
import { changesFor } from './connection-events-route.ts'
import { createEventStreams, type EventStreams } from './event-streams.ts'

const log = createLogger({ service: 'test', level: 'silent' })
const userSession = 's'.repeat(22) as UserSessionRef
const user = 'a'.repeat(22) as UserRef
const done = { event: 'done', data: {} } as const

const NOT_FAKE = [
  ...(['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
  ...(['setTimeout', 'clearTimeout'] as const),
]

interface Replica {
  streams: EventStreams
  server: RunningServer
  /** The work of the first subscription has begun. */
  subscribed: Promise<void>
}

let redisServer: TestRedis
let redis: Redis
let turns: Turns
let replicas: Replica[]
let signedIn: boolean
/** The user sessions that were looked up. */
let looks: UserSessionRef[]
let clockOffset: number
/** A gate before a stream gets its events. */
let held: Promise<void> | undefined
/** Resolves when the next stream ends, for any reason. */
let onClose: () => void

const PER_USER_SESSION = 5

const heldEvents: Turns['eventsAfter'] = async (...which) => {
  const events = await turns.eventsAfter(...which)
  await held
  return events
}

async function replica(stallMs = 60_000): Promise<Replica> {
  const sessions = {
    async find(ref: UserSessionRef) {
      looks.push(ref)
      return signedIn ? ({ ref } as CurrentUserSession) : undefined
    },
  }
  const sourceOf = (id: string) =>
    id === 'connections' ? changesFor(user) : eventsOfTurn({ eventsAfter: heldEvents }, id as TurnId)
  const subscriber = redisServer.connect()
  const subscribe = subscriber.subscribe.bind(subscriber) as (...channels: string[]) => Promise<unknown>
  const subscribed = new Promise<void>((resolve) => {
    Object.assign(subscriber, {
      async subscribe(...channels: string[]) {
        await subscribe(...channels)
        setImmediate(resolve)
      },
    })
  })
  const limits = { perUserSession: PER_USER_SESSION, stallMs }
  const clock = () => Date.now() + clockOffset
  const streams = createEventStreams({ sessions, subscriber, ...limits, clock, log })
  const app = express()
  app.get('/:turnId', (request, response) => {
    const opened = streams.open({
      source: sourceOf(request.params.turnId),
      userSession: (request.get('user-session') ?? userSession) as UserSessionRef,
      endsAt: Date.now() + 60_000,
      response,
      cursor: request.get('last-event-id') ?? '0-0',
    })
    if (!opened) return void response.status(429).end()
    response.on('close', () => onClose())
  })
  return { streams, subscribed, server: await listen(app, { port: 0, drainSeconds: 1 }) }
}

beforeEach(async () => {
  redisServer = await startTestRedis()
  redis = redisServer.connect()
  await new Promise((resolve) => redis.once('ready', resolve))
  const turnKeys = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
  turns = createTurns({
    redis,
    turnKeys,
    ttlSeconds: 600,
    conversationLimits: { turns: 200, bytes: 1_048_576 },
    leaseMs: 15_000,
    clock: Date.now,
    log,
  })
  signedIn = true
  looks = []
  clockOffset = 0
  held = undefined
  onClose = () => undefined
  // Only the keep-alive timer is under the test's control.
  jest.useFakeTimers({ doNotFake: NOT_FAKE })
  replicas = [await replica(), await replica()]
})
afterEach(async () => {
  jest.useRealTimers()
  for (const { streams, server } of replicas) {
    streams.stop()
    await server.stop()
  }
  await redisServer.stop()
})

const runs = new Map<TurnId, Run>()
const runOf = (turnId: TurnId) => runs.get(turnId) as Run

async function asked(): Promise<TurnId> {
  const created = await turns.create({
    owner: 'a'.repeat(22) as UserRef,
    userSession,
    message: 'x',
    requestId: 'r',
    conversationId: undefined as ConversationId | undefined,
  })
  if (typeof created === 'string') throw new Error(created)
  const claimed = await turns.claim(created.turnId, 'start')
  if (typeof claimed !== 'object') throw new Error(`not claimed: ${claimed}`)
  runs.set(created.turnId, claimed.run)
  return created.turnId
}

/** Reads to the end. */
async function deltas(which: number, turnId: TurnId, lastEventId = '0-0'): Promise<string[]> {
  const response = await fetch(`${replicas[which]?.server.url}/${turnId}`, {
    headers: { 'last-event-id': lastEventId },
  })
  const text = await response.text()
  return [...text.matchAll(/"delta":"(\d+)"/g)].map(([, delta]) => delta ?? '')
}

const write = async (turnId: TurnId, from: number, to: number) => {
  for (let n = from; n < to; n++)
    await turns.append(turnId, { event: 'text', data: { delta: String(n) } }, runOf(turnId))
}
const numbers = (to: number, from = 0) => Array.from({ length: to - from }, (_, n) => String(n + from))

describe('an event stream', () => {
  test('has no gaps or duplicates, on any replica, while events arrive', async () => {
    const turnId = await asked()
    const readers = [deltas(0, turnId), deltas(1, turnId), deltas(0, turnId)]
    await write(turnId, 0, 300)
    readers.push(deltas(1, turnId))
    await write(turnId, 300, 600)
    await turns.end(turnId, runOf(turnId), 'done', [done])
    for (const reader of readers) expect(await reader).toEqual(numbers(600))
  })

  test('goes on from the last event that the browser saw', async () => {
    const turnId = await asked()
    await write(turnId, 0, 10)
    const seen = (await turns.eventsAfter(turnId, '0-0'))[4]
    const rest = deltas(1, turnId, seen?.id)
    await turns.end(turnId, runOf(turnId), 'done', [done])
    expect(await rest).toEqual(numbers(10, 5))
  })

  test('ends when its user session does', async () => {
    const turnId = await asked()
    await write(turnId, 0, 3)
    const response = await fetch(`${replicas[0]?.server.url}/${turnId}`)
    replicas[0]?.streams.closeUserSession('o'.repeat(22) as UserSessionRef)
    replicas[0]?.streams.closeUserSession(userSession)
    expect(await response.text()).toContain(': open')
  })

  test('that was opened while its user signed out sends nothing and ends', async () => {
    const turnId = await asked()
    await write(turnId, 0, 3)
    signedIn = false
    const text = await (await fetch(`${replicas[0]?.server.url}/${turnId}`)).text()
    expect(text).toBe(': open\n\n')
    signedIn = true
    await turns.end(turnId, runOf(turnId), 'done', [done])
    expect(await deltas(0, turnId)).toEqual(numbers(3))
  })

  test.each<[string, () => unknown]>([
    ['was idle for too long', () => jest.advanceTimersByTime(EVENT_STREAM_KEEP_ALIVE_MS)],
    ['signed out while Redis could not say so', () => redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')],
  ])('ends when its user %s', async (_why, happens) => {
    const turnId = await asked()
    await write(turnId, 0, 3)
    const readers = [0, 1].map((which) => fetch(`${replicas[which]?.server.url}/${turnId}`))
    const open = await Promise.all(readers)
    signedIn = false
    await happens()
    for (const response of open) expect(await response.text()).toContain(': open')
  })

  test('sends nothing after its user session has expired without a message', async () => {
    const turnId = await asked()
    const { body } = await fetch(`${replicas[0]?.server.url}/${turnId}`)
    await write(turnId, 0, 3)
    let shown = ''
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      shown += chunk
      if (!shown.includes('"delta":"2"') || !signedIn) continue
      signedIn = false
      clockOffset = EVENT_STREAM_KEEP_ALIVE_MS
      await write(turnId, 3, 6)
    }
    expect(signedIn).toBe(false)
    expect(shown).not.toContain('"delta":"3"')
  })

  test('causes no Redis command by itself: each tick checks a fixed number of user sessions, in turn', async () => {
    const [streams] = replicas.map((one) => one.streams)
    const turnId = await asked()
    // Then every user session with open streams is checked once.
    await replicas[0]?.subscribed
    const refs = Array.from({ length: 100 }, (_, n) => String(n).padStart(22, 'r') as UserSessionRef)
    for (const ref of [...refs, ...refs]) {
      const response = Object.assign(new EventEmitter(), { writeHead() {}, write: () => true, end() {} })
      const open = { source: eventsOfTurn(turns, turnId), userSession: ref, endsAt: Date.now() + 60_000, cursor: '0-0' }
      streams?.open({ ...open, response: response as unknown as ExpressResponse })
    }
    await turns.eventsAfter(turnId, '0-0')
    const rounds: UserSessionRef[][] = []
    for (let round = 0; round < 4; round++) {
      looks = []
      jest.advanceTimersByTime(EVENT_STREAM_KEEP_ALIVE_MS)
      await turns.eventsAfter(turnId, '0-0')
      rounds.push(looks)
    }
    expect(rounds.map(({ length }) => length)).toEqual([32, 32, 32, 32])
    expect(new Set(rounds.flat())).toEqual(new Set(refs))
  })

  test('that has ended gets no late writes', async () => {
    const turnId = await asked()
    await write(turnId, 0, 3)
    let release = () => {}
    held = new Promise((resolve) => {
      release = resolve
    })
    // A client so slow that ending its answer does not finish it: a write would be an unhandled error.
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
      source: eventsOfTurn({ eventsAfter: heldEvents }, turnId),
      userSession,
      endsAt,
      response: response as unknown as ExpressResponse,
      cursor: '0-0',
    }
    replicas[0]?.streams.open(open)
    await turns.eventsAfter(turnId, '0-0')
    replicas[0]?.streams.closeUserSession(userSession)
    release()
    await turns.eventsAfter(turnId, '0-0')
    expect(written).toEqual([': open\n\n'])
  })

  test('does not delay others when its client is slow', async () => {
    const turnId = await asked()
    const slow = await fetch(`${replicas[0]?.server.url}/${turnId}`)
    const big = 'x'.repeat(20_000)
    for (let n = 0; n < 200; n++) await turns.append(turnId, { event: 'text', data: { delta: big } }, runOf(turnId))
    const fast = deltas(0, turnId)
    await write(turnId, 0, 5)
    await turns.end(turnId, runOf(turnId), 'done', [done])
    expect(await fast).toEqual(numbers(5))
    expect((await slow.text()).length).toBeGreaterThan(200 * 20_000)
  })
})

describe('event streams of one user session', () => {
  const open = (turnId: TurnId, headers: Record<string, string> = {}, which = 0) =>
    fetch(`${replicas[which]?.server.url}/${turnId}`, { headers })

  test('are limited in one process, and one more when one of them has ended', async () => {
    const turnId = await asked()
    const responses: Response[] = []
    for (let n = 0; n < PER_USER_SESSION; n++) responses.push(await open(turnId))
    expect(responses.map(({ status }) => status)).toEqual(Array(PER_USER_SESSION).fill(200))
    expect((await open(turnId)).status).toBe(429)

    expect((await open(turnId, { 'user-session': 'o'.repeat(22) })).status).toBe(200)
    expect((await open(turnId, {}, 1)).status).toBe(200)
    const closed = new Promise<void>((resolve) => {
      onClose = resolve
    })
    await responses.pop()?.body?.cancel()
    await closed
    expect((await open(turnId)).status).toBe(200)
  })

  test('that their client does not read are closed, without other effects', async () => {
    const quick = await replica(200)
    replicas.push(quick)
    const turnId = await asked()
    const socket = connect(Number(new URL(quick.server.url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.pause()
    socket.write(`GET /${turnId} HTTP/1.1\r\nHost: x\r\n\r\n`)
    socket.on('error', () => undefined)
    const gone = once(socket, 'close')
    const cutOff = new Promise<void>((resolve) => {
      onClose = resolve
    })

    const reader = deltas(replicas.length - 1, turnId)
    const big = 'x'.repeat(20_000)
    for (let n = 0; n < 800; n++) await turns.append(turnId, { event: 'text', data: { delta: big } }, runOf(turnId))
    await cutOff
    // It gets only data that was already sent, and an end.
    let received = 0
    socket.on('data', (chunk) => {
      received += chunk.length
    })
    socket.resume()
    await gone
    expect(received).toBeLessThan(800 * 20_000)

    await write(turnId, 0, 3)
    await turns.end(turnId, runOf(turnId), 'done', [done])
    expect(await reader).toEqual(numbers(3))
  })
})

describe('a stream of changes to connections', () => {
  const EVENT = 'event: connections_changed\ndata: {}\n\n'
  const change = (of: string) => redis.publish(CONNECTION_CHANGED_CHANNEL, `${of} github`)

  async function opened(which = 0) {
    const response = await fetch(`${replicas[which]?.server.url}/connections`)
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let seen = ''
    return {
      /** Reads until there are so many events, or the end. */
      async events(count: number): Promise<number> {
        while (seen.split(EVENT).length - 1 < count) {
          const { value, done } = (await reader?.read()) ?? { done: true }
          if (done) break
          seen += value
        }
        return seen.split(EVENT).length - 1
      },
    }
  }

  test('tells one at its start, and one for each change of its user on any replica, and nothing of another user', async () => {
    await Promise.all(replicas.map(({ subscribed }) => subscribed))
    const streams = await Promise.all([opened(0), opened(1)])
    for (const { events } of streams) expect(await events(1)).toBe(1)
    await change('b'.repeat(22))
    await redis.publish(CONNECTION_CHANGED_CHANNEL, 'nonsense')
    await change(user)
    for (const { events } of streams) expect(await events(2)).toBe(2)
    await change(user)
    for (const { events } of streams) expect(await events(3)).toBe(3)
  })

  test('tells one when its messages were not heard for a while', async () => {
    await replicas[0]?.subscribed
    const { events } = await opened()
    await events(1)
    await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    expect(await events(2)).toBe(2)
  })

  test('ends with its user session, sends nothing after it, and counts as one of its streams', async () => {
    await replicas[0]?.subscribed
    const streams = await Promise.all(Array.from({ length: PER_USER_SESSION }, () => opened()))
    for (const { events } of streams) await events(1)
    expect((await fetch(`${replicas[0]?.server.url}/${await asked()}`)).status).toBe(429)
    signedIn = false
    clockOffset = EVENT_STREAM_KEEP_ALIVE_MS
    await change(user)
    for (const { events } of streams) expect(await events(2)).toBe(1)
  })
})
