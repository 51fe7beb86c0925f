import { type RedisClient, runScript } from '@agent-identity/service-runtime'
import type { Later } from './later.ts'

/**
 * KEYS: the set. ARGV: the id, its score as it was read (empty for none), its next score (empty for none). Another score may stand for more work.
 * `INCR 0` reads a score: the agent workload's Redis user may not call ZSCORE.
 */
const MOVE = `
if (redis.call('ZADD', KEYS[1], 'XX', 'INCR', 0, ARGV[1]) or '') ~= ARGV[2] then return 'changed' end
if ARGV[3] == '' then redis.call('ZREM', KEYS[1], ARGV[1])
else redis.call('ZADD', KEYS[1], 'XX', ARGV[3], ARGV[1]) end
return 'moved'
`

/** Ids by the time (Unix, ms) at which they are due. */
export function createDueSet<Id extends string>(redis: RedisClient, key: string) {
  return {
    async lookAt(id: Id, at: number): Promise<void> {
      await redis.zadd(key, at, id)
    },

    async settle(id: Id, settle: () => Promise<Later>): Promise<Later> {
      const due = String((await redis.zadd(key, 'XX', 'INCR', 0, id)) ?? '')
      const result = await settle()
      if (due !== '' || result === 'settled')
        await runScript(redis, MOVE, [key], [id, due, result === 'settled' ? '' : result.later])
      return result
    },
  }
}
