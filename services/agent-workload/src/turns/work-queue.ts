import { AGENT_WORKLOAD_CONSUMER_GROUP, TURN_WORK_STREAM, TurnWork } from '@agent-identity/contracts'
import { isRedisAway, type Logger, type RedisClient, redisReady } from '@agent-identity/service-runtime'
import { createFairQueue } from '@agent-identity/tools'

export interface WorkQueue {
  enqueue(work: TurnWork): Promise<void>
}

export function createWorkQueue(redis: RedisClient): WorkQueue {
  return {
    async enqueue(work) {
      await redis.xadd(TURN_WORK_STREAM, '*', ...Object.entries(TurnWork.parse(work)).flat())
    },
  }
}

type Fields = Record<string, string>

/** `elsewhere`: not finished, to be delivered again later. */
export type WorkHandler = (fields: Fields) => Promise<'elsewhere' | undefined>

const READ_COUNT = 16
const BLOCK_MS = 5_000
/** How many items of one owner may be read and not begun. Further ones are delivered again like those of a dead replica. */
const WAITING_PER_OWNER = 256

/**
 * All replicas are one consumer group: an item is delivered again when its replica dies before it has acknowledged it. Items wait here for a slot
 * of their owner, so that items of others behind them are found.
 *
 * @param blocking a separate connection: it waits in Redis.
 */
export function startWorker(dependencies: {
  redis: RedisClient
  blocking: RedisClient
  stream: string
  consumer: string
  slots: number
  /** Of the slots, for one owner. */
  share: number
  ownerOf(fields: Fields): Promise<string>
  /** An item that its process has not claimed again for this long is taken over; longer than a lease. */
  takeOverAfterMs: number
  handle: WorkHandler
  log: Logger
}): { stop(graceMs: number, abort: () => void): Promise<void> } {
  const { redis, blocking, stream, consumer, slots, share, ownerOf, takeOverAfterMs, handle, log } = dependencies
  const queue = createFairQueue({ slots, share, waiting: WAITING_PER_OWNER })
  /** By the id of the entry: read and not finished. */
  const held = new Map<string, { fields: Fields; begun: boolean }>()
  let takeOverFrom = '0-0'
  let stopping = false
  let requestStop = () => {}
  const stopRequested = new Promise<void>((resolve) => {
    requestStop = resolve
  })

  async function createGroup(): Promise<void> {
    await redis.xgroup('CREATE', stream, AGENT_WORKLOAD_CONSUMER_GROUP, '0', 'MKSTREAM').catch((error: Error) => {
      if (!error.message.startsWith('BUSYGROUP')) throw error
    })
  }

  /** After a failure an item is not acknowledged, so that it is delivered again. */
  async function take(id: string, fields: Fields): Promise<void> {
    if (held.has(id)) return
    const item = { fields, begun: false }
    held.set(id, item)
    const owner = await ownerOf(fields).catch((err) => {
      if (!isRedisAway(err)) log.error({ err, stream }, 'the owner of an item of work could not be read')
    })
    if (stopping) return
    const taken = owner !== undefined && queue.add(owner, () => run(id, item))
    if (!taken) held.delete(id)
  }

  async function run(id: string, item: { fields: Fields; begun: boolean }): Promise<void> {
    item.begun = true
    try {
      if ((await handle(item.fields)) !== 'elsewhere') await acknowledge(id)
    } catch (err) {
      log.error({ err, stream }, 'work failed')
    } finally {
      held.delete(id)
    }
  }

  async function acknowledge(id: string): Promise<void> {
    await redis.xack(stream, AGENT_WORKLOAD_CONSUMER_GROUP, id)
    await redis.xdel(stream, id)
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
      stream,
      '>',
    )) as [string, Entry[]][] | null
    await takeAll(reply?.[0]?.[1] ?? [])
  }

  async function takeAll(entries: readonly Entry[]): Promise<void> {
    await Promise.all(entries.map(([id, fields]) => take(id, toRecord(fields))))
  }

  async function takeOver(): Promise<void> {
    // Items that wait or run here must not look abandoned to other replicas.
    const own = [...held.keys()]
    if (own.length > 0) await redis.xclaim(stream, AGENT_WORKLOAD_CONSUMER_GROUP, consumer, 0, ...own, 'JUSTID')
    do {
      // One XAUTOCLAIM looks at ten times COUNT entries at most, those of living processes among them.
      const [cursor, entries] = (await redis.xautoclaim(
        stream,
        AGENT_WORKLOAD_CONSUMER_GROUP,
        consumer,
        takeOverAfterMs,
        takeOverFrom,
        'COUNT',
        READ_COUNT,
      )) as [string, Entry[]]
      takeOverFrom = cursor
      await takeAll(entries)
    } while (takeOverFrom !== '0-0' && !queue.isFull() && !stopping)
  }

  async function loop(): Promise<void> {
    let grouped = false
    while (!stopping) {
      try {
        // Stopping must not wait for a Redis that is away.
        await Promise.race([Promise.all([redisReady(redis), redisReady(blocking)]), stopRequested])
        // Without room here, new items are left to the other replicas.
        await Promise.race([queue.untilRoom(), stopRequested])
        if (stopping) return
        if (!grouped) await createGroup()
        grouped = true
        await readNew()
      } catch (err) {
        if (stopping) return
        // An emptied Redis has lost the group, too.
        grouped = false
        if (!isRedisAway(err)) log.error({ err, stream }, 'reading work failed')
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    }
  }

  const running = loop()
  const timer = setInterval(
    () => void takeOver().catch((err) => isRedisAway(err) || log.warn({ err, stream }, 'taking over work failed')),
    takeOverAfterMs / 4,
  )

  /** An item that is kept would wait until this process counts as dead. The copy is added first: a duplicate is harmless, a lost item is not. */
  async function handBack(id: string, fields: Fields): Promise<void> {
    await redis.xadd(stream, '*', ...Object.entries(fields).flat())
    await acknowledge(id)
    held.delete(id)
  }

  return {
    /** Takes no more work, and hands back items that have not begun. Calls `abort` when these, or the begun ones, take longer than `graceMs`. */
    async stop(graceMs, abort) {
      stopping = true
      requestStop()
      queue.close()
      clearInterval(timer)
      blocking.disconnect()
      await running
      const waiting = [...held].filter(([, { begun }]) => !begun)
      const handedBack = Promise.all(waiting.map(([id, { fields }]) => handBack(id, fields)))
      // What was not handed back is delivered again when this process counts as dead.
      handedBack.catch((err) => log.warn({ err, stream }, 'handing work back failed'))
      const grace = setTimeout(abort, graceMs)
      await Promise.allSettled([queue.untilIdle(), handedBack])
      clearTimeout(grace)
    },
  }
}

type Entry = [id: string, fields: string[]]

function toRecord(fields: readonly string[]): Fields {
  const record: Fields = {}
  for (let i = 0; i + 1 < fields.length; i += 2) record[fields[i] as string] = fields[i + 1] as string
  return record
}
