import { type Clock, isRedisAway, type Logger, type RedisClient, whenReady } from '@agent-identity/service-runtime'

const BATCH = 100
/** Another replica may add an entry that is due before all entries that this process knows. */
const LONGEST_SLEEP_MS = 5_000
const POSTPONED_MS = 30_000

/**
 * One timer for each sorted set: of pending authorizations, confirmations, revocations and erasures. It sleeps until the next id is due, or for a few
 * seconds at the most, then settles what is due, a hundred at a time. It also completes what a killed process left unfinished between two slots of
 * Redis, and runs at start-up, too.
 */
export function startExpiryTimer<Id extends string>(dependencies: {
  redis: RedisClient
  /** The sorted set: ids by the time of their next check. */
  key: string
  /** What its ids name, for the log. */
  what: 'authorizations' | 'confirmations' | 'revocations' | 'erasures'
  /** @returns the time of the next check, if it is not settled. */
  settle(id: Id): Promise<'settled' | { later: number }>
  clock: Clock
  log: Logger
  /** With `personal` an id names a person, and is left out of the log. */
  idsAre?: 'personal'
}): { stop(): void } {
  const { redis, key, what, settle, clock, log, idsAre } = dependencies
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  async function settleDue(): Promise<void> {
    const due = await redis.zrangebyscore(key, '-inf', clock(), 'LIMIT', 0, BATCH)
    // In parallel: an id that waits for AgentCore must not delay the others.
    await Promise.all((due as Id[]).map(settleOne))
  }

  async function settleOne(id: Id): Promise<void> {
    const result = await settle(id).catch((err) => postponed(id, err))
    if (result !== 'settled') await redis.zadd(key, 'XX', result.later, id)
  }

  /** An id that cannot be settled must not delay the others. */
  function postponed(id: Id, err: unknown): { later: number } {
    if (isRedisAway(err)) throw err
    log.error({ err, key, ...(idsAre !== 'personal' && { id }) }, `settling due ${what} failed`)
    return { later: clock() + POSTPONED_MS }
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
