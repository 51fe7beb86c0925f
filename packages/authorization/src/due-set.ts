import { type RedisClient, runScript } from '@agent-identity/service-runtime'

/**
 * KEYS: the set. ARGV: the id, its score as it was read (empty for none). Another score may stand for more work. `INCR 0` reads a score: the agent
 * workload's Redis user may not call ZSCORE.
 */
const FORGET = `
if (redis.call('ZADD', KEYS[1], 'XX', 'INCR', 0, ARGV[1]) or '') == ARGV[2] then redis.call('ZREM', KEYS[1], ARGV[1]) end
return 'done'
`

/** Ids by the time (Unix, ms) at which they are due. */
export function createDueSet<Id extends string>(redis: RedisClient, key: string) {
  return {
    async lookAt(id: Id, at: number): Promise<void> {
      await redis.zadd(key, at, id)
    },

    async settle<Later>(id: Id, settle: () => Promise<'settled' | Later>): Promise<'settled' | Later> {
      const due = (await redis.zadd(key, 'XX', 'INCR', 0, id)) ?? ''
      const result = await settle()
      if (result === 'settled') await runScript(redis, FORGET, [key], [id, due])
      return result
    },
  }
}
