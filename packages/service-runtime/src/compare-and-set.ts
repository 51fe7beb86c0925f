import type { RedisClient } from './redis-client.ts'

/**
 * Moves a record (a Redis hash with a `status`) from one of the `from` states to another, in one step.
 *
 * KEYS: the record, then keys that must exist (the user session, so that nothing happens after sign-out).
 * ARGV: number of `from` states, the states, then field and value pairs to set.
 */
const SCRIPT = `
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 0 then return 'missing-required' end
end
local status = redis.call('HGET', KEYS[1], 'status')
if not status then return 'missing' end
local froms = tonumber(ARGV[1])
for i = 2, froms + 1 do
  if ARGV[i] == status then
    redis.call('HSET', KEYS[1], unpack(ARGV, froms + 2))
    return 'set'
  end
end
return status
`

/**
 * @returns `set`, or what stood in the way: `missing` (no such record), `missing-required` (one of `requires` is gone),
 *   or the status that the record has instead.
 */
export async function compareAndSet(
  redis: RedisClient,
  change: { key: string; requires?: readonly string[]; from: readonly string[]; set: Readonly<Record<string, string>> },
): Promise<string> {
  const keys = [change.key, ...(change.requires ?? [])]
  const result = await redis.eval(
    SCRIPT,
    keys.length,
    ...keys,
    change.from.length,
    ...change.from,
    ...Object.entries(change.set).flat(),
  )
  return String(result)
}
