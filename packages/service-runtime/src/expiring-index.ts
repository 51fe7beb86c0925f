import type { RedisClient } from './redis-client.ts'
import { runScript } from './run-script.ts'

/** A score beyond 2^53 is no time. PEXPIREAT refuses the largest ones, and then each addition would fail. */
const ADD = `
if ARGV[4] then
  local isKnown, others = false, 0
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[3], '9007199254740992')) do
    if id == ARGV[2] then isKnown = true else others = others + 1 end
  end
  if not isKnown and others >= tonumber(ARGV[4]) then return 'full' end
end
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
for _, no in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(9007199254740992', '+inf')) do redis.call('ZREM', KEYS[1], no) end
for _, over in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])) do redis.call('ZREM', KEYS[1], over) end
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
if last[2] then redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last[2])) end
return 'added'
`

/**
 * Adds an id to a sorted set by the end of its record (Unix, ms), and removes those whose record has ended. The set expires with the last one.
 *
 * @returns false when the set has `most` others, and not this one: nothing is added.
 */
export async function addToExpiringIndex(
  redis: RedisClient,
  key: string,
  { id, endsAt, now, most }: { id: string; endsAt: number; now: number; most?: number },
): Promise<boolean> {
  const result = await runScript(redis, ADD, [key], [endsAt, id, now, ...(most === undefined ? [] : [most])])
  return result === 'added'
}
