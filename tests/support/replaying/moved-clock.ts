import type { RedisClient } from '@agent-identity/service-runtime'

export const DUE_SETS = ['due', 'erasures-due', 'confirmation-expiries'].map((set) => `${set}:{agent-workload}`)

/** Moves the clock, which otherwise stands still: an entry that is due just after it keeps the timers from sleeping for seconds. */
export async function pass(redis: RedisClient, clock: { now: number }, seconds: number): Promise<void> {
  const now = clock.now + seconds * 1_000
  for (const set of DUE_SETS) await redis.zadd(set, now + 1, 'not due yet')
  clock.now = now
}
