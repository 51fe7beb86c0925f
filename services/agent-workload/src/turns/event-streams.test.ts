import type { ConversationId, TurnId, UserRef, UserSessionRef } from '@agent-identity/contracts'
import { createLogger, createSealer, listen, type RunningServer } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import express from 'express'
import type { Redis } from 'ioredis'
import { createEventStreams, type EventStreams } from './event-streams.ts'
import { createTurns, type Turns } from './turns.ts'

const log = createLogger({ service: 'test', level: 'silent' })
const userSession = 's'.repeat(22) as UserSessionRef
const done = { event: 'done', data: {} } as const

let redisServer: TestRedis
let redis: Redis
let turns: Turns
let replicas: { streams: EventStreams; server: RunningServer }[]

async function replica(): Promise<{ streams: EventStreams; server: RunningServer }> {
  const streams = createEventStreams({ turns, subscriber: redisServer.connect(), clock: Date.now, log })
  const app = express()
  app.get('/:turnId', (request, response) => {
    const turnId = request.params.turnId as TurnId
    streams.open({
      turnId,
      userSession,
      endsAt: Date.now() + 60_000,
      response,
      cursor: request.get('last-event-id') ?? '0-0',
    })
  })
  return { streams, server: await listen(app, { port: 0, drainSeconds: 1 }) }
}

beforeEach(async () => {
  redisServer = await startTestRedis()
  redis = redisServer.connect()
  await new Promise((resolve) => redis.once('ready', resolve))
  const sealer = createSealer({ sealWith: 'k', keys: { k: 'k'.repeat(43) } }, 'turn')
  turns = createTurns({ redis, sealer, ttlSeconds: 600, clock: Date.now })
  replicas = [await replica(), await replica()]
})
afterEach(async () => {
  for (const { streams, server } of replicas) {
    streams.stop()
    await server.stop()
  }
  await redisServer.stop()
})

async function asked(): Promise<TurnId> {
  const created = await turns.create({
    owner: 'a'.repeat(22) as UserRef,
    userSession,
    message: 'x',
    requestId: 'r',
    conversationId: undefined as ConversationId | undefined,
  })
  if (typeof created === 'string') throw new Error(created)
  await turns.claim(created.turnId, 'start')
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
  for (let n = from; n < to; n++) await turns.append(turnId, { event: 'text', data: { delta: String(n) } }, 1)
}
const numbers = (to: number, from = 0) => Array.from({ length: to - from }, (_, n) => String(n + from))

describe('an event stream', () => {
  test('misses nothing and shows nothing twice, on any replica, while events come', async () => {
    const turnId = await asked()
    const readers = [deltas(0, turnId), deltas(1, turnId), deltas(0, turnId)]
    await write(turnId, 0, 300)
    readers.push(deltas(1, turnId))
    await write(turnId, 300, 600)
    await turns.end(turnId, 1, 'done', [done])
    for (const reader of readers) expect(await reader).toEqual(numbers(600))
  })

  test('goes on from the last event that the browser saw', async () => {
    const turnId = await asked()
    await write(turnId, 0, 10)
    const seen = (await turns.eventsAfter(turnId, '0-0'))[4]
    const rest = deltas(1, turnId, seen?.id)
    await turns.end(turnId, 1, 'done', [done])
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

  test('holds nobody else up when its reader is slow', async () => {
    const turnId = await asked()
    const slow = await fetch(`${replicas[0]?.server.url}/${turnId}`)
    const big = 'x'.repeat(20_000)
    for (let n = 0; n < 200; n++) await turns.append(turnId, { event: 'text', data: { delta: big } }, 1)
    const fast = deltas(0, turnId)
    await write(turnId, 0, 5)
    await turns.end(turnId, 1, 'done', [done])
    expect(await fast).toEqual(numbers(5))
    expect((await slow.text()).length).toBeGreaterThan(200 * 20_000)
  })
})
