import type { PendingAuthorization, PendingAuthorizationStatus } from '@agent-identity/contracts'

/** The index field. It has the connection's generation: an authorization from before a disconnection does not stand in the way of a later one. */
export const fieldOf = ({
  provider,
  scopes,
  named,
  chooser,
  generation = 0,
}: Pick<PendingAuthorization, 'provider' | 'scopes' | 'generation' | 'named' | 'chooser'>): string =>
  [
    provider,
    ...(named === undefined ? [] : [`account-${named}`]),
    ...(chooser ? ['chooser'] : []),
    ...(generation > 0 ? [`after-${generation}`] : []),
    scopes,
  ].join(' ')

export type Joined = 'waiting' | PendingAuthorizationStatus | 'missing'

/**
 * KEYS: user session, index, record. ARGV: index field, id, now, expires at, deleted at, limit, the id at the index field to replace (empty
 * for none), then the record's fields. An expired authorization stays in the index as `expired <id>`: its consent may have come in time.
 * One that is replaced stays as `settled <id>`. A value that is not an id and a time is removed.
 * Returns the id that stands at the index field then, `signed-out` or `too-many`.
 */
export const CREATE = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 'signed-out' end
local active = 0
local index = redis.call('HGETALL', KEYS[2])
local grace = tonumber(ARGV[5]) - tonumber(ARGV[4])
for i = 1, #index, 2 do
  local field, id, time = index[i], string.match(index[i + 1], '^(%S+) (%d+)$')
  local ended = string.match(field, '^settled ') or string.match(field, '^expired ')
  local isReplaced = field == ARGV[1] and id == ARGV[7]
  if not time or tonumber(time) <= tonumber(ARGV[3]) or isReplaced then
    redis.call('HDEL', KEYS[2], field)
    if time and not ended then
      local kept = (isReplaced and 'settled ' or 'expired ') .. id
      redis.call('HSET', KEYS[2], kept, id .. ' ' .. string.format('%.0f', tonumber(time) + grace))
    end
  elseif not ended then
    if field == ARGV[1] then return id end
    active = active + 1
  end
end
if active >= tonumber(ARGV[6]) then return 'too-many' end
redis.call('HSET', KEYS[3], unpack(ARGV, 8))
redis.call('PEXPIREAT', KEYS[3], ARGV[5])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. ' ' .. ARGV[4])
redis.call('PEXPIREAT', KEYS[2], ARGV[5])
return ARGV[2]
`

/** KEYS: record, waiters. ARGV: the sealed progress as it was read, waiter, lifetime of the set in milliseconds. */
export const JOIN = `
if redis.call('HGET', KEYS[1], 'progress') ~= ARGV[1] then return 'overtaken' end
redis.call('SADD', KEYS[2], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 'waiting'
`

/**
 * KEYS: index, waiters. ARGV: index field, id, waiter, lifetime of the set in milliseconds. Waiters are told the outcome after `RELEASE`: none that
 * joins here is missed.
 */
export const JOIN_UNTIL_SETTLED = `
local entry = redis.call('HGET', KEYS[1], ARGV[1])
if not entry or string.match(entry, '^%S+') ~= ARGV[2] then
  if redis.call('HEXISTS', KEYS[1], 'expired ' .. ARGV[2]) == 0 then return 'settled' end
end
redis.call('SADD', KEYS[2], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 'waiting'
`

/**
 * KEYS: record, user session, consent trip. ARGV: the sealed progress as it was read, the one to write; with `CONSENTS_AT_ONCE=one` also the trip
 * as it was read (empty for none), the new trip, and its expiry in Unix milliseconds.
 */
export const START = `
if redis.call('EXISTS', KEYS[2]) == 0 then return 'signed-out' end
if redis.call('HGET', KEYS[1], 'progress') ~= ARGV[1] then return 'overtaken' end
if ARGV[3] then
  if (redis.call('GET', KEYS[3]) or '') ~= ARGV[3] then return 'overtaken' end
  if ARGV[4] ~= ARGV[3] then redis.call('SET', KEYS[3], ARGV[4], 'PXAT', ARGV[5]) end
end
redis.call('HSET', KEYS[1], 'progress', ARGV[2])
return 'started'
`

/** KEYS: index. ARGV: index field, id, the time of the record's deletion. `settled <id>` stays, for a sign-out to delete the record. */
export const RELEASE = `
local entry = redis.call('HGET', KEYS[1], ARGV[1])
local own = entry and string.match(entry, '^%S+') == ARGV[2]
if redis.call('HDEL', KEYS[1], own and ARGV[1] or 'expired ' .. ARGV[2]) == 1 then
  redis.call('HSET', KEYS[1], 'settled ' .. ARGV[2], ARGV[2] .. ' ' .. ARGV[3])
end
return 'released'
`

/** KEYS: index, consent trip, records, sets of waiters. Returns the waiters. */
export const SIGN_OUT = `
local waiters = {}
local records = (#KEYS - 2) / 2
for i = records + 3, #KEYS do
  for _, waiter in ipairs(redis.call('SMEMBERS', KEYS[i])) do table.insert(waiters, waiter) end
end
for i = 1, #KEYS do redis.call('DEL', KEYS[i]) end
return waiters
`
