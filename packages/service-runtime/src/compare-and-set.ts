import type { RedisClient } from './redis-client.ts'
import { runScript } from './run-script.ts'

/**
 * Moves a record (a Redis hash with a `status`) from one of the `from` states to another, in one step.
 *
 * KEYS: the record. ARGV: number of `from` states, the states, number of keys that must exist (the user session, so that
 * nothing happens after sign-out), the keys, then field and value pairs to set.
 *
 * Redis takes a script to write all of its KEYS. The keys that are only looked at are arguments therefore, so that who may
 * not write them can run it; they carry the record's hash tag, so they are where it is.
 */
const SCRIPT = `
local froms = tonumber(ARGV[1])
local requires = tonumber(ARGV[froms + 2])
for i = froms + 3, froms + 2 + requires do
  if redis.call('EXISTS', ARGV[i]) == 0 then return 'missing-required' end
end
local status = redis.call('HGET', KEYS[1], 'status')
if not status then return 'missing' end
for i = 2, froms + 1 do
  if ARGV[i] == status then
    redis.call('HSET', KEYS[1], unpack(ARGV, froms + requires + 3))
    return 'set'
  end
end
return status
`

/**
 * @param change.requires keys of the record's slot that must exist.
 * @returns `set`, or what stood in the way: `missing` (no such record), `missing-required` (one of `requires` is gone),
 *   or the status that the record has instead.
 */
export async function compareAndSet(
  redis: RedisClient,
  change: { key: string; requires?: readonly string[]; from: readonly string[]; set: Readonly<Record<string, string>> },
): Promise<string> {
  const requires = change.requires ?? []
  const args = [change.from.length, ...change.from, requires.length, ...requires, ...Object.entries(change.set).flat()]
  return String(await runScript(redis, SCRIPT, [change.key], args))
}
