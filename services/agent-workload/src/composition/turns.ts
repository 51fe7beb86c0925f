import { createEventStreams } from '../event-streams/event-streams.ts'
import { createTurns } from '../turns/turns.ts'
import { createWorkQueue } from '../turns/work-queue.ts'
import type { Runtime } from './runtime.ts'
import type { SignIn } from './sign-in.ts'

export function composeTurns({ config, redis, subscriber, clock, log }: Runtime, { sessions }: SignIn) {
  const turns = createTurns({
    redis,
    turnKeys: config.TURN_KEYS,
    ttlSeconds: config.CONVERSATION_TTL_SECONDS,
    mostTurns: config.CONVERSATION_MAX_TURNS,
    storageLimits: { conversations: config.CONVERSATIONS_PER_USER, bytes: config.CONVERSATION_BYTES_PER_USER },
    leaseMs: config.TURN_LEASE_SECONDS * 1_000,
    clock,
    log,
  })
  const eventStreams = createEventStreams({
    sessions,
    subscriber,
    perUserSession: config.EVENT_STREAMS_PER_USER_SESSION,
    stallMs: config.EVENT_STREAM_STALL_SECONDS * 1_000,
    clock,
    log,
  })
  return { turns, work: createWorkQueue(redis), eventStreams }
}

export type TurnStores = ReturnType<typeof composeTurns>
