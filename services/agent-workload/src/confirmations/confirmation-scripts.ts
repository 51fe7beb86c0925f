import { COUNT_BYTES } from '../turns/turn-scripts.ts'

/**
 * KEYS: turn, events, confirmations, conversation. ARGV: progress of the run, event, data, channel, turn id, lifetime in milliseconds, field and value of the
 * facts, field and value of the progress, then for each open confirmation: field, progress as it was read, progress to write. Returns `asked`,
 * `superseded`, or `answered` when an open confirmation has changed.
 */
export const ASK_CONFIRMATION = `${COUNT_BYTES}
if redis.call('HGET', KEYS[1], 'progress') ~= ARGV[1] then return 'superseded' end
for i = 11, #ARGV, 3 do
  if redis.call('HGET', KEYS[3], ARGV[i]) ~= ARGV[i + 1] then return 'answered' end
end
for i = 11, #ARGV, 3 do redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 2]) end
redis.call('HSET', KEYS[3], unpack(ARGV, 7, 10))
redis.call('XADD', KEYS[2], '*', 'event', ARGV[2], 'data', ARGV[3])
count(KEYS[4], #ARGV[3] + #ARGV[8])
for i = 2, 3 do redis.call('PEXPIRE', KEYS[i], ARGV[6]) end
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 'asked'
`

/** KEYS: confirmations. ARGV: field of the progress, progress as it was read, progress to write. */
export const END_CONFIRMATION = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 'overtaken' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 'ended'
`
