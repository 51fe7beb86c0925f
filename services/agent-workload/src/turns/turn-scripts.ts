/**
 * The steps of a turn that must not be torn apart. All keys of one script carry the conversation's hash tag. A run writes
 * only while it is the last one that claimed the turn: its number is the fencing token.
 */

/**
 * KEYS: conversation, turn, the conversation's turns. ARGV: owner, turn id, lifetime in milliseconds, `new` or `existing`,
 * then the turn's fields. Returns `created`, `not-found` or `busy`. What is there
 * already was created by the same request: a browser sends it again when its answer was lost, as does the client of a cluster.
 */
export const CREATE_TURN = `
local owner = redis.call('HGET', KEYS[1], 'owner')
if ARGV[4] == 'existing' and owner ~= ARGV[1] then return 'not-found' end
if redis.call('EXISTS', KEYS[2]) == 1 then return 'created' end
local current = redis.call('HGET', KEYS[1], 'currentTurn')
if current and current ~= '' then return 'busy' end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'currentTurn', ARGV[2])
redis.call('HSET', KEYS[2], unpack(ARGV, 5))
redis.call('RPUSH', KEYS[3], ARGV[2])
for i = 1, 3 do redis.call('PEXPIRE', KEYS[i], ARGV[3]) end
return 'created'
`

/**
 * KEYS: turn, events. ARGV: now, lease end, channel, turn id, then the states it may be claimed from besides a run that
 * has died. Returns the number of the new run, or `busy` (a living run will look once more before it suspends), or the
 * status. What a dead run has shown since it began is declared void in the same step.
 */
export const CLAIM_TURN = `
local status = redis.call('HGET', KEYS[1], 'status')
if not status then return 'missing' end
if status == 'running' and tonumber(redis.call('HGET', KEYS[1], 'leaseEndsAt')) > tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'wake', '1')
  return 'busy'
end
local claimable = status == 'running'
for i = 5, #ARGV do claimable = claimable or ARGV[i] == status end
if not claimable then return status end
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
local cursor = last and last[1] or '0-0'
local beganAfter = redis.call('HGET', KEYS[1], 'runBeganAfter')
if status == 'running' and beganAfter and beganAfter ~= cursor then
  redis.call('XADD', KEYS[2], '*', 'event', 'restarted', 'data', '{"after":"' .. beganAfter .. '"}')
  redis.call('PUBLISH', ARGV[3], ARGV[4])
else
  redis.call('HSET', KEYS[1], 'runBeganAfter', cursor)
end
redis.call('HSET', KEYS[1], 'status', 'running', 'leaseEndsAt', ARGV[2], 'wake', '0')
return redis.call('HINCRBY', KEYS[1], 'run', 1)
`

/** A lease that ends at 0 gives the run up: whoever claims next takes it. KEYS: turn. ARGV: run, lease end. */
export const RENEW_LEASE = `
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] or redis.call('HGET', KEYS[1], 'status') ~= 'running' then return 'superseded' end
redis.call('HSET', KEYS[1], 'leaseEndsAt', ARGV[2])
return 'renewed'
`

/**
 * KEYS: turn, events. ARGV: run (or empty for what happens to the turn from outside), event, data, channel, turn id,
 * lifetime in milliseconds.
 */
export const APPEND_EVENT = `
if ARGV[1] ~= '' and redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then return 'superseded' end
if redis.call('EXISTS', KEYS[1]) == 0 then return 'missing' end
redis.call('XADD', KEYS[2], '*', 'event', ARGV[2], 'data', ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 'appended'
`

/** As above, with KEYS[3] what the turn has asked for; ARGV[7] the request, ARGV[8] the authorization id. */
export const ANNOUNCE = `
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then return 'superseded' end
if redis.call('HGET', KEYS[3], ARGV[7]) == ARGV[8] then return 'announced' end
redis.call('HSET', KEYS[3], ARGV[7], ARGV[8])
redis.call('PEXPIRE', KEYS[3], ARGV[6])
redis.call('XADD', KEYS[2], '*', 'event', ARGV[2], 'data', ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 'appended'
`

/**
 * Before something is done at a vendor that must not be done twice. KEYS: turn, effects. ARGV: run, effect, lifetime in
 * milliseconds. Returns `new`, or what is written already: `intended`, or the sealed outcome.
 */
export const INTEND_EFFECT = `
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then return 'superseded' end
local known = redis.call('HGET', KEYS[2], ARGV[2])
if known then return known end
redis.call('HSET', KEYS[2], ARGV[2], 'intended')
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 'new'
`

/** What was done is so, whichever run says it, one that was superseded too. KEYS: effects. ARGV: effect, sealed outcome. */
export const SETTLE_EFFECT = `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
`

/** KEYS: turn, events. ARGV: run. Returns `suspended`, or `again` when something settled while the turn was still running. */
export const SUSPEND_TURN = `
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then return 'superseded' end
if redis.call('HGET', KEYS[1], 'wake') == '1' then
  local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
  redis.call('HSET', KEYS[1], 'wake', '0', 'runBeganAfter', last and last[1] or '0-0')
  return 'again'
end
redis.call('HSET', KEYS[1], 'status', 'waiting', 'leaseEndsAt', '0')
return 'suspended'
`

/**
 * Ends the turn, frees its conversation and says so, in one step.
 * KEYS: turn, events, conversation. ARGV: run, status, channel, turn id, lifetime, then event and data pairs.
 */
export const END_TURN = `
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then return 'superseded' end
redis.call('HSET', KEYS[1], 'status', ARGV[2], 'leaseEndsAt', '0')
if redis.call('HGET', KEYS[3], 'currentTurn') == ARGV[4] then redis.call('HSET', KEYS[3], 'currentTurn', '') end
for i = 6, #ARGV, 2 do redis.call('XADD', KEYS[2], '*', 'event', ARGV[i], 'data', ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 'ended'
`
