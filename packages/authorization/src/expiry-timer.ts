import { type Clock, isRedisAway, type Logger, type RedisClient, whenReady } from '@agent-identity/service-runtime'

const BATCH = 100
/** What another replica has added or brought forward may be due before anything this process knows of. */
const LONGEST_SLEEP_MS = 5_000
const POSTPONED_MS = 30_000

/**
 * One timer for all pending authorizations, and one for all confirmations: sleeps until the next one is due, then looks at what
 * is. It ends what nobody came back for, and repairs what a killed process left between two slots of Redis, at start-up too.
 */
export function startExpiryTimer<Id extends string>(dependencies: {
  redis: RedisClient
  /** The sorted set: ids by when it is worth looking. */
  key: string
  /** @returns when it is worth looking again, if it is not settled. */
  settle(id: Id): Promise<'settled' | { later: number }>
  clock: Clock
  log: Logger
}): { stop(): void } {
  const { redis, key, settle, clock, log } = dependencies
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  async function settleDue(): Promise<void> {
    const due = await redis.zrangebyscore(key, '-inf', clock(), 'LIMIT', 0, BATCH)
    // At once: one that has to ask an AgentCore which does not answer must not keep the others waiting.
    await Promise.all((due as Id[]).map(settleOne))
  }

  async function settleOne(id: Id): Promise<void> {
    const result = await settle(id).catch((err) => postponed(id, err))
    if (result !== 'settled') await redis.zadd(key, 'XX', result.later, id)
  }

  /** One that cannot be settled must not keep the others waiting. */
  function postponed(id: Id, err: unknown): { later: number } {
    if (isRedisAway(err)) throw err
    log.error({ err, key, id }, 'settling what has expired failed')
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
      if (!isRedisAway(err)) log.error({ err, key }, 'reading what has expired failed')
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
