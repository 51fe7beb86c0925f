import type { ConversationId, TurnId, UserRef, UserSessionRef } from '@agent-identity/contracts'
import { createLogger, listen, type RunningServer } from '@agent-identity/service-runtime'
import { startTestRedis } from '@agent-identity/test-redis'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { jest } from '@jest/globals'
import express, { type Response } from 'express'
import { eventsOfTurn } from '../../turns/events-of-turn.ts'
import type { Run } from '../../turns/run.ts'
import { createTurns, type Turns } from '../../turns/turns.ts'
import { changesFor } from '../connection-events-route.ts'
import { createEventStreams, type EventStreams } from '../event-streams.ts'

const log = createLogger({ service: 'test', level: 'silent' })
export const userSession = 's'.repeat(22) as UserSessionRef
export const user = 'a'.repeat(22) as UserRef
export const done = { event: 'done', data: {} } as const
export const PER_USER_SESSION = 5

const NOT_FAKE = [
  ...(['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
  ...(['setTimeout', 'clearTimeout'] as const),
]

interface Replica {
  streams: EventStreams
  server: RunningServer
  /** Resolves when the reads after the first subscription have begun. */
  subscribed: Promise<void>
}

export async function startStreams() {
  const redisServer = await startTestRedis()
  const redis = await redisServer.ready()
  const turnKeys = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
  const turns = createTurns({
    redis,
    turnKeys,
    ttlSeconds: 600,
    mostTurns: 200,
    storageLimits: { conversations: 100, bytes: 16_777_216 },
    leaseMs: 15_000,
    clock: Date.now,
    log,
  })
  const around = {
    signedIn: true,
    looks: [] as UserSessionRef[],
    /** Of all replicas, those after a lost connection included. */
    subscriptions: 0,
    /** Until it resolves, a look-up that has begun is not answered. */
    heldLook: undefined as Promise<void> | undefined,
    clockOffset: 0,
    /** Until it resolves, streams of turns get no events. */
    held: undefined as Promise<void> | undefined,
    /** In place of what a route reads before it opens a stream. */
    beforeOpen: async (_response: Response): Promise<void> => undefined,
    onClose: (): void => undefined,
  }

  const heldEvents: Turns['eventsAfter'] = async (...which) => {
    const events = await turns.eventsAfter(...which)
    await around.held
    return events
  }

  async function replica(stallMs = 60_000): Promise<Replica> {
    const sessions = {
      async find(ref: UserSessionRef) {
        around.looks.push(ref)
        const found = around.signedIn ? ({ ref } as CurrentUserSession) : undefined
        await around.heldLook
        return found
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
          setImmediate(() => {
            around.subscriptions++
            resolve()
          })
        },
      })
    })
    const limits = { perUserSession: PER_USER_SESSION, stallMs }
    const clock = () => Date.now() + around.clockOffset
    const streams = createEventStreams({ sessions, subscriber, ...limits, clock, log })
    const app = express()
    app.get('/:turnId', async (request, response) => {
      await around.beforeOpen(response)
      const opened = streams.open({
        source: sourceOf(request.params.turnId),
        userSession: (request.get('user-session') ?? userSession) as UserSessionRef,
        endsAt: Date.now() + 60_000,
        response,
        cursor: request.get('last-event-id') ?? '0-0',
      })
      if (!opened) return void response.status(429).end()
      response.on('close', () => around.onClose())
    })
    return { streams, subscribed, server: await listen(app, { port: 0, drainSeconds: 1 }) }
  }

  // Tests advance the keep-alive timer.
  jest.useFakeTimers({ doNotFake: NOT_FAKE })
  const replicas: Replica[] = [await replica(), await replica()]

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

  return {
    around,
    redis,
    turns,
    replicas,
    replica,
    heldEvents,
    runOf,
    asked,
    deltas,
    write,
    async stop() {
      jest.useRealTimers()
      for (const { streams, server } of replicas) {
        streams.stop()
        await server.stop()
      }
      await redisServer.stop()
    },
  }
}

export type Streams = Awaited<ReturnType<typeof startStreams>>

export const numbers = (to: number, from = 0) => Array.from({ length: to - from }, (_, n) => String(n + from))
