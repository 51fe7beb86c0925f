import type { RedisClient } from '@agent-identity/service-runtime'

export const DUE = ['erasures', 'revocations', 'authorization', 'confirmation'] as const
export const dueKey = (what: (typeof DUE)[number]) =>
  what === 'erasures' || what === 'revocations' ? `${what}-due:{agent-workload}` : `${what}-expiries:{agent-workload}`

/** Moves the clock, which otherwise stands still: an entry that is due just after it keeps the timers from sleeping for seconds. */
export async function pass(redis: RedisClient, clock: { now: number }, seconds: number): Promise<void> {
  const now = clock.now + seconds * 1_000
  for (const what of DUE) await redis.zadd(dueKey(what), now + 1, 'not due yet')
  clock.now = now
}
