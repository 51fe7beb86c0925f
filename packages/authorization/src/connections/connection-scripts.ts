/**
 * KEYS: connections, revocation; the uses, if they are to be erased. ARGV: the connection's field, as it was read (empty for none) and as it will
 * be; the revocation as it was read (empty for none, `*` for any) and as it will be (empty for none), its lifetime in milliseconds; where the change
 * depends on them, how many other fields there are, and each as it was read.
 */
export const WRITE = `
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 'changed' end
if ARGV[4] ~= '*' and (redis.call('GET', KEYS[2]) or '') ~= ARGV[4] then return 'changed' end
if ARGV[7] then
  local others = redis.call('HLEN', KEYS[1]) - redis.call('HEXISTS', KEYS[1], ARGV[1])
  if others ~= tonumber(ARGV[7]) then return 'changed' end
  for i = 8, #ARGV, 2 do
    if redis.call('HGET', KEYS[1], ARGV[i]) ~= ARGV[i + 1] then return 'changed' end
  end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
if KEYS[3] then redis.call('DEL', KEYS[3]) end
if ARGV[5] == '' then redis.call('DEL', KEYS[2]) else redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[6]) end
return 'written'
`

/** KEYS: connections, revocation. ARGV: the connection's field. */
export const READ = `return {redis.call('HGET', KEYS[1], ARGV[1]) or '', redis.call('GET', KEYS[2]) or ''}`

/** KEYS: connections. ARGV: the connection's field, and its value as it was read. */
export const FORGET = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 'changed' end
redis.call('HDEL', KEYS[1], ARGV[1])
return 'forgotten'
`
