import type { Redis } from 'ioredis'

type Counts = Record<string, number>

/** Counts the calls of each command since the count began, also those in scripts, but not INFO, which is our own query. */
export async function countingCommands(redis: Redis): Promise<() => Promise<Counts>> {
  const before = await counts(redis)
  return async () => {
    const after = await counts(redis)
    return Object.fromEntries(
      Object.entries(after)
        .map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
        .filter(([name, count]) => count > 0 && name !== 'info'),
    )
  }
}

export const sum = (numbers: Counts): number => Object.values(numbers).reduce((total, count) => total + count, 0)

async function counts(redis: Redis): Promise<Counts> {
  const text = await redis.info('commandstats')
  return Object.fromEntries(
    [...text.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name = '', calls]) => [name, Number(calls)]),
  )
}
