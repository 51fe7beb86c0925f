/**
 * All keys of one script have the conversation's hash tag.
 *
 * `progress` is sealed: scripts compare it with the value on which their caller decided, and answer `changed` or `superseded` for another one. The
 * fencing token of a run is the progress that its claim wrote.
 */

/** What is kept of a conversation; nothing is written to one that has gone. */
export const COUNT_BYTES = `
local function count(conversation, bytes)
  if redis.call('EXISTS', conversation) == 0 then return end
  redis.call('HSET', conversation, 'bytes', (tonumber(redis.call('HGET', conversation, 'bytes')) or 0) + bytes)
end
`

/**
 * KEYS: conversation, turn, the conversation's turns. ARGV: `new` or `existing`, the conversation's sealed facts (to write, or as they were read),
 * turn id, lifetime in milliseconds, most turns of the conversation, whether its user has room (`room` or `no-room`), bytes of this turn, then the
 * turn's fields. Returns `created`, `changed`, `busy`, `storage-full` or `full`. A repeated request finds its turn.
 */
export const CREATE_TURN = `${COUNT_BYTES}
if ARGV[1] == 'existing' and redis.call('HGET', KEYS[1], 'facts') ~= ARGV[2] then return 'changed' end
if redis.call('EXISTS', KEYS[2]) == 1 then return 'created' end
local known = redis.call('HMGET', KEYS[1], 'currentTurn', 'turns')
if known[1] and known[1] ~= '' then return 'busy' end
if ARGV[6] ~= 'room' then return 'storage-full' end
local turns = (tonumber(known[2]) or 0) + 1
if turns > tonumber(ARGV[5]) then return 'full' end
redis.call('HSET', KEYS[1], 'facts', ARGV[2], 'currentTurn', ARGV[3], 'turns', turns)
count(KEYS[1], tonumber(ARGV[7]))
redis.call('HSET', KEYS[2], unpack(ARGV, 8))
redis.call('RPUSH', KEYS[3], ARGV[3])
for i = 1, 3 do redis.call('PEXPIRE', KEYS[i], ARGV[4]) end
return 'created'
`

/**
 * KEYS: turn, events. ARGV: progress as it was read, progress to write, `running` when a run held it as it was read, now, lease end, channel, turn
 * id. Returns `claimed`, `changed`, or `busy`: then the living run checks once more before it suspends. A lease whose end is no number is over. When
 * the run before neither suspended nor ended the turn, its `text` and `tool` events since its start or its last `again` are declared void.
 */
export const CLAIM_TURN = `
if redis.call('HGET', KEYS[1], 'progress') ~= ARGV[1] then return 'changed' end
local running = ARGV[3] == 'running'
if running and (tonumber(redis.call('HGET', KEYS[1], 'leaseEndsAt')) or 0) > tonumber(ARGV[4]) then
  redis.call('HSET', KEYS[1], 'wake', '1')
  return 'busy'
end
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
local cursor = last and last[1] or '0-0'
local beganAfter = redis.call('HGET', KEYS[1], 'runBeganAfter')
if running and beganAfter and beganAfter ~= cursor then
  redis.call('XADD', KEYS[2], '*', 'event', 'restarted', 'data', '{"after":"' .. beganAfter .. '"}')
  redis.call('PUBLISH', ARGV[6], ARGV[7])
else
  redis.call('HSET', KEYS[1], 'runBeganAfter', cursor)
end
redis.call('HSET', KEYS[1], 'progress', ARGV[2], 'leaseEndsAt', ARGV[5], 'wake', '0')
return 'claimed'
`

/** KEYS: turn. ARGV: progress of the run, lease end. */
export const RENEW_LEASE = `
if redis.call('HGET', KEYS[1], 'progress') ~= ARGV[1] then return 'superseded' end
redis.call('HSET', KEYS[1], 'leaseEndsAt', ARGV[2])
return 'renewed'
`

/** The next claim takes the turn. KEYS: turn. ARGV: progress of the run, progress to write. */
export const HAND_OVER_TURN = `
if redis.call('HGET', KEYS[1], 'progress') ~= ARGV[1] then return 'superseded' end
redis.call('HSET', KEYS[1], 'progress', ARGV[2], 'leaseEndsAt', '0')
return 'handed-over'
`

/** KEYS: turn, events, conversation. ARGV: progress of the run (empty: not of a run), event, data, channel, turn id, lifetime in milliseconds. */
export const APPEND_EVENT = `${COUNT_BYTES}
if ARGV[1] ~= '' and redis.call('HGET', KEYS[1], 'progress') ~= ARGV[1] then return 'superseded' end
if redis.call('EXISTS', KEYS[1]) == 0 then return 'missing' end
redis.call('XADD', KEYS[2], '*', 'event', ARGV[2], 'data', ARGV[3])
count(KEYS[3], #ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 'appended'
`

/**
 * As above, but by a run only, and the event is appended once: after that the answer is `known`. KEYS[4]: what the turn has asked for. ARGV from
 * 7: the request, the sealed authorization id, the field of this event.
 */
export const ANNOUNCE = `${COUNT_BYTES}
if redis.call('HGET', KEYS[1], 'progress') ~= ARGV[1] then return 'superseded' end
redis.call('HSET', KEYS[4], ARGV[7], ARGV[8])
local isFirst = redis.call('HSET', KEYS[4], ARGV[9], '1') == 1
redis.call('PEXPIRE', KEYS[4], ARGV[6])
if not isFirst then return 'known' end
redis.call('XADD', KEYS[2], '*', 'event', ARGV[2], 'data', ARGV[3])
count(KEYS[3], #ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 'appended'
`

/** KEYS: turn, what it has asked for. ARGV: progress of the run, field, sealed account, lifetime in milliseconds. Returns the first that was kept. */
export const KEEP_ACCOUNT = `
if redis.call('HGET', KEYS[1], 'progress') ~= ARGV[1] then return 'superseded' end
if redis.call('HEXISTS', KEYS[2], ARGV[2]) == 0 then redis.call('HSET', KEYS[2], ARGV[2], ARGV[3]) end
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return redis.call('HGET', KEYS[2], ARGV[2])
`

/**
 * A change must not be made twice, nor unasked beyond the limit. KEYS: turn, effects. ARGV: progress of the run, effect, sealed intent, lifetime in
 * milliseconds, how many effects the turn may begin, this one included (empty: confirmed), and the sealed value that may be replaced (empty for
 * none). Returns `new`, `beyond-limit`, or the stored sealed value. No field is removed: an effect counts once, whatever its outcome.
 */
export const INTEND_EFFECT = `
if redis.call('HGET', KEYS[1], 'progress') ~= ARGV[1] then return 'superseded' end
local known = redis.call('HGET', KEYS[2], ARGV[2])
if known and known ~= ARGV[6] then return known end
if not known and ARGV[5] ~= '' and redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[5]) then return 'beyond-limit' end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 'new'
`

/** Also by a superseded run: an outcome stays true. KEYS: effects. ARGV: effect, sealed outcome. */
export const RECORD_EFFECT = `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
`

/** Only this run's intent is replaced: a later run may have made the change. KEYS: effects. ARGV: effect, the run's sealed intent, sealed refusal. */
export const WITHDRAW_EFFECT = `
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
`

/** KEYS: turn, events. ARGV: progress of the run, progress to write. Returns `suspended`, or `again` when work was delivered meanwhile. */
export const SUSPEND_TURN = `
if redis.call('HGET', KEYS[1], 'progress') ~= ARGV[1] then return 'superseded' end
if redis.call('HGET', KEYS[1], 'wake') == '1' then
  local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
  redis.call('HSET', KEYS[1], 'wake', '0', 'runBeganAfter', last and last[1] or '0-0')
  return 'again'
end
redis.call('HSET', KEYS[1], 'progress', ARGV[2], 'leaseEndsAt', '0')
return 'suspended'
`

/** KEYS: turn, events, conversation. ARGV: progress of the run, progress to write, channel, turn id, lifetime in ms, then event and data pairs. */
export const END_TURN = `${COUNT_BYTES}
if redis.call('HGET', KEYS[1], 'progress') ~= ARGV[1] then return 'superseded' end
redis.call('HSET', KEYS[1], 'progress', ARGV[2], 'leaseEndsAt', '0')
if redis.call('HGET', KEYS[3], 'currentTurn') == ARGV[4] then redis.call('HSET', KEYS[3], 'currentTurn', '') end
for i = 6, #ARGV, 2 do
  redis.call('XADD', KEYS[2], '*', 'event', ARGV[i], 'data', ARGV[i + 1])
  count(KEYS[3], #ARGV[i + 1])
end
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 'ended'
`

/**
 * KEYS: conversation, its turns, and all others that are to be deleted. ARGV: the number of turns as it was read: a turn that was created since
 * then is not among the keys. Then `at-rest`, when an open turn forbids it. Returns `erased`, `changed` or `busy`.
 */
export const ERASE_CONVERSATION = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 'erased' end
if #redis.call('LRANGE', KEYS[2], 0, -1) ~= tonumber(ARGV[1]) then return 'changed' end
if ARGV[2] == 'at-rest' and (redis.call('HGET', KEYS[1], 'currentTurn') or '') ~= '' then return 'busy' end
for _, key in ipairs(KEYS) do redis.call('DEL', key) end
return 'erased'
`
