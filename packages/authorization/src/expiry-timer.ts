import { setTimeout as wait } from 'node:timers/promises'
import { type Clock, isRedisAway, type Logger, type RedisClient, whenReady } from '@agent-identity/service-runtime'

const BATCH = 100
const MOST_UNDER_WAY = 1_000
/** Another replica may add an entry that is due earlier. */
const LONGEST_SLEEP_MS = 5_000
const POSTPONED_MS = 30_000
/** How long an id that waits for AgentCore or a vendor may delay the others. */
const LONGEST_DELAY_MS = 1_000

/** Are the ids safe to log? The others contain a user ref. */
const ARE_IDS_LOGGED = { confirmations: true, records: false, erasures: false }

/** Settles what is due. This also completes what a killed process left unfinished between two slots of Redis. */
export function startExpiryTimer<Id extends string>(dependencies: {
  redis: RedisClient
  /** Of a sorted set: ids by the time (Unix, ms) of their next check. */
  key: string
  what: keyof typeof ARE_IDS_LOGGED
  /** Moves the id in the set itself. */
  settle(id: Id): Promise<unknown>
  clock: Clock
  log: Logger
}): { stop(): void } {
  const { redis, key, what, settle, clock, log } = dependencies
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const underWay = new Map<Id, Promise<void>>()

  async function settleDue(): Promise<void> {
    const due = (await redis.zrangebyscore(
      key,
      '-inf',
      clock(),
      'LIMIT',
      0,
      Math.min(BATCH + underWay.size, MOST_UNDER_WAY),
    )) as Id[]
    for (const id of due.filter((one) => !underWay.has(one)))
      underWay.set(
        id,
        settleOne(id).finally(() => underWay.delete(id)),
      )
    const longEnough = new AbortController()
    const waited = wait(LONGEST_DELAY_MS, undefined, { signal: longEnough.signal }).catch(() => undefined)
    await Promise.race([Promise.all(underWay.values()), waited]).finally(() => longEnough.abort())
  }

  async function settleOne(id: Id): Promise<void> {
    await settle(id).catch((err) => postpone(id, err))
  }

  async function postpone(id: Id, err: unknown): Promise<void> {
    if (isRedisAway(err)) throw err
    log.error({ err, key, ...(ARE_IDS_LOGGED[what] && { id }) }, `settling due ${what} failed`)
    await redis.zadd(key, 'XX', clock() + POSTPONED_MS, id)
  }

  async function sleepTime(): Promise<number> {
    const [, score] = await redis.zrange(key, 0, 0, 'WITHSCORES')
    return score === undefined ? LONGEST_SLEEP_MS : Math.min(Math.max(Number(score) - clock(), 50), LONGEST_SLEEP_MS)
  }

  async function tick(): Promise<void> {
    let sleep = 1_000
    try {
      await settleDue()
      sleep = await sleepTime()
    } catch (err) {
      if (!isRedisAway(err)) log.error({ err, key }, `reading due ${what} failed`)
    }
    if (!stopped) timer = setTimeout(() => void tick(), sleep)
  }

  whenReady(redis, tick)
  return {
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
