import {
  AGENT_WORKLOAD_CONSUMER_GROUP,
  BINDING_NOTIFICATIONS_STREAM,
  TURN_WORK_STREAM,
  TurnWork,
} from '@agent-identity/contracts'
import { isRedisAway, type Logger, type RedisClient, redisReady } from '@agent-identity/service-runtime'
import { createFairQueue } from '@agent-identity/tools'

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

type Fields = Record<string, string>

/** `elsewhere`: the item is not done with, and comes back later to whoever asks first. */
export type WorkHandler = (fields: Fields) => Promise<'elsewhere' | undefined>

const READ_COUNT = 16
const BLOCK_MS = 5_000
/**
 * Read, of one owner, and not begun. What is beyond stays with Redis and comes back like the work of a replica that has died.
 * An item that waits here is a few hundred bytes.
 */
const WAITING_PER_OWNER = 256

/**
 * The reader of one stream in this process: a consumer group, so that an item goes to one replica and comes back when that
 * replica dies before it has acknowledged it. Items wait here for their owner's share of the slots, so that those of others
 * behind them are found. While Redis is away the reader waits.
 *
 * @param blocking a connection of its own: it waits in Redis for new items.
 */
export function startWorker(dependencies: {
  redis: RedisClient
  blocking: RedisClient
  stream: string
  consumer: string
  /** Items that run at a time. */
  slots: number
  /** … of one owner. */
  share: number
  /** Whose share it counts in. */
  ownerOf(fields: Fields): Promise<string>
  /** Work whose process has not been heard of for this long is taken over; longer than a lease. */
  takeOverAfterMs: number
  handle: WorkHandler
  log: Logger
}): { stop(graceMs: number, abort: () => void): Promise<void> } {
  const { redis, blocking, stream, consumer, slots, share, ownerOf, takeOverAfterMs, handle, log } = dependencies
  const queue = createFairQueue({ slots, share, waiting: WAITING_PER_OWNER })
  /** By the id of the entry: what this process has read and is not done with. `begun` is not handed back. */
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

  /** Not acknowledged on any failure: it comes back to this or another replica. */
  async function take(id: string, fields: Fields): Promise<void> {
    if (held.has(id)) return
    const item = { fields, begun: false }
    held.set(id, item)
    const owner = await ownerOf(fields).catch((err) => {
      if (!isRedisAway(err)) log.error({ err, stream }, 'whose work it is cannot be read')
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
    // What waits or runs here must not look abandoned to the others.
    const own = [...held.keys()]
    if (own.length > 0) await redis.xclaim(stream, AGENT_WORKLOAD_CONSUMER_GROUP, consumer, 0, ...own, 'JUSTID')
    do {
      // Looks at ten times as many as it may claim: what others hold is passed over from round to round.
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
        // With Redis away for good, stopping must not wait for it.
        await Promise.race([Promise.all([redisReady(redis), redisReady(blocking)]), stopRequested])
        // What nobody here could begin is left to the other replicas.
        await Promise.race([queue.untilRoom(), stopRequested])
        if (stopping) return
        if (!grouped) await createGroup()
        grouped = true
        await readNew()
      } catch (err) {
        if (stopping) return
        // An emptied Redis has lost the group too.
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

  /** Nobody has to wait until this process is taken for dead. Added first: done twice is done once, and lost is lost. */
  async function handBack(id: string, fields: Fields): Promise<void> {
    await redis.xadd(stream, '*', ...Object.entries(fields).flat())
    await acknowledge(id)
    held.delete(id)
  }

  return {
    /** Takes no more work, hands back what has not begun, lets what runs finish for a while, then has it handed over. */
    async stop(graceMs, abort) {
      stopping = true
      requestStop()
      queue.close()
      clearInterval(timer)
      blocking.disconnect()
      await running
      const waiting = [...held].filter(([, { begun }]) => !begun)
      const handedBack = Promise.all(waiting.map(([id, { fields }]) => handBack(id, fields)))
      // Redis away: it comes back when this process is taken for dead.
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
