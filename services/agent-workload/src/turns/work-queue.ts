import {
  AGENT_WORKLOAD_CONSUMER_GROUP,
  BINDING_NOTIFICATIONS_STREAM,
  TURN_WORK_STREAM,
  TurnWork,
} from '@agent-identity/contracts'
import { isRedisAway, type Logger, type RedisClient, redisReady } from '@agent-identity/service-runtime'

/** What is worth doing, for any replica. */
export interface WorkQueue {
  enqueue(work: TurnWork): Promise<void>
  notify(authorizationId: string): Promise<void>
}

export function createWorkQueue(redis: RedisClient): WorkQueue {
  return {
    async enqueue(work) {
      await redis.xadd(TURN_WORK_STREAM, '*', ...Object.entries(TurnWork.parse(work)).flat())
    },
    async notify(authorizationId) {
      await redis.xadd(BINDING_NOTIFICATIONS_STREAM, '*', 'authorizationId', authorizationId)
    },
  }
}

/** `elsewhere`: the item is not done with, and comes back later to whoever asks first. */
export type WorkHandler = (stream: string, fields: Record<string, string>) => Promise<'elsewhere' | undefined>

const STREAMS = [TURN_WORK_STREAM, BINDING_NOTIFICATIONS_STREAM] as const
const READ_COUNT = 16
const BLOCK_MS = 5_000

/**
 * One reader for all work of this process: a Redis stream with a consumer group, so that an entry goes to one replica and
 * comes back when that replica dies before it has acknowledged it. While Redis is away the reader waits.
 *
 * @param blocking a connection of its own: it waits in Redis for new entries.
 */
export function startWorker(dependencies: {
  redis: RedisClient
  blocking: RedisClient
  consumer: string
  concurrency: number
  /** Work whose process has not been heard of for this long is taken over; longer than a lease. */
  takeOverAfterMs: number
  handle: WorkHandler
  log: Logger
}): { stop(graceMs: number, abort: () => void): Promise<void> } {
  const { redis, blocking, consumer, concurrency, takeOverAfterMs, handle, log } = dependencies
  const inFlight = new Map<string, Promise<void>>()
  let stopping = false
  let requestStop = () => {}
  const stopRequested = new Promise<void>((resolve) => {
    requestStop = resolve
  })

  async function createGroups(): Promise<void> {
    for (const stream of STREAMS) {
      await redis.xgroup('CREATE', stream, AGENT_WORKLOAD_CONSUMER_GROUP, '0', 'MKSTREAM').catch((error: Error) => {
        if (!error.message.startsWith('BUSYGROUP')) throw error
      })
    }
  }

  function take(stream: string, id: string, fields: readonly string[]): void {
    const key = `${stream} ${id}`
    if (inFlight.has(key)) return
    const work = handle(stream, toRecord(fields))
      .then(async (where) => {
        if (where === 'elsewhere') return
        await redis.xack(stream, AGENT_WORKLOAD_CONSUMER_GROUP, id)
        await redis.xdel(stream, id)
      })
      // Not acknowledged: it comes back to this or another replica.
      .catch((err) => log.error({ err, stream }, 'work failed'))
      .finally(() => inFlight.delete(key))
    inFlight.set(key, work)
  }

  async function readNew(): Promise<void> {
    const reply = (await blocking.xreadgroup(
      'GROUP',
      AGENT_WORKLOAD_CONSUMER_GROUP,
      consumer,
      'COUNT',
      READ_COUNT,
      'BLOCK',
      BLOCK_MS,
      'STREAMS',
      ...STREAMS,
      ...STREAMS.map(() => '>'),
    )) as [string, [string, string[]][]][] | null
    for (const [stream, entries] of reply ?? []) for (const [id, fields] of entries) take(stream, id, fields)
  }

  async function takeOver(): Promise<void> {
    for (const stream of STREAMS) {
      // What this process is still working on must not look abandoned to the others.
      const own = [...inFlight.keys()]
        .filter((key) => key.startsWith(`${stream} `))
        .map((key) => key.slice(stream.length + 1))
      if (own.length > 0) await redis.xclaim(stream, AGENT_WORKLOAD_CONSUMER_GROUP, consumer, 0, ...own, 'JUSTID')
      const [, entries] = (await redis.xautoclaim(
        stream,
        AGENT_WORKLOAD_CONSUMER_GROUP,
        consumer,
        takeOverAfterMs,
        '0',
        'COUNT',
        READ_COUNT,
      )) as [string, [string, string[]][]]
      for (const [id, fields] of entries) take(stream, id, fields)
    }
  }

  async function loop(): Promise<void> {
    let grouped = false
    while (!stopping) {
      try {
        // With Redis away for good, stopping must not wait for it.
        await Promise.race([Promise.all([redisReady(redis), redisReady(blocking)]), stopRequested])
        if (stopping) return
        if (!grouped) await createGroups()
        grouped = true
        await readNew()
        if (inFlight.size >= concurrency) await Promise.race(inFlight.values())
      } catch (err) {
        if (stopping) return
        // An emptied Redis has lost the group too.
        grouped = false
        if (!isRedisAway(err)) log.error({ err }, 'reading work failed')
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    }
  }

  const running = loop()
  const timer = setInterval(
    () => void takeOver().catch((err) => isRedisAway(err) || log.warn({ err }, 'taking over work failed')),
    takeOverAfterMs / 4,
  )

  return {
    /** Takes no more work, lets what runs finish for a while, then has it handed over. */
    async stop(graceMs, abort) {
      stopping = true
      requestStop()
      clearInterval(timer)
      blocking.disconnect()
      await running
      const finished = Promise.allSettled(inFlight.values())
      const grace = setTimeout(abort, graceMs)
      await finished
      clearTimeout(grace)
    },
  }
}

function toRecord(fields: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {}
  for (let i = 0; i + 1 < fields.length; i += 2) record[fields[i] as string] = fields[i + 1] as string
  return record
}
