import { USER_SESSION_ENDED_CHANNEL, type UserSession, userSessionKey, userTokensKey } from '@agent-identity/contracts'
import { userSessionRef } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { keyRing } from './test-support/key-ring.ts'
import { createRecordedLog } from './test-support/recorded-log.ts'
import { type RedisServer, startRedisServer } from './test-support/redis-server.ts'
import { createUserSessionReader, sealedUserSession } from './user-session-reader.ts'
import { createUserSessionRecords } from './user-session-records.ts'

let redisServer: RedisServer
let redis: Awaited<ReturnType<RedisServer['connect']>>
beforeAll(async () => {
  redisServer = await startRedisServer()
  redis = await redisServer.connect()
})
beforeEach(() => redis.flushall())
afterAll(() => redisServer.stop())

const sessionOf = (subject: string): UserSession => ({
  user: { issuer: 'https://issuer.example', subject, name: subject },
  signedInAt: 1_000,
  endsAt: 1_000_000,
  browserHash: 'b'.repeat(43),
})

test('a new user session does not overwrite another, and an ended one is not written again', async () => {
  const deps = { redis, userSessionKeys: keyRing('s1', 's1'), clock: () => 1_000, log: createRecordedLog().log }
  const reader = createUserSessionReader(deps)
  const records = createUserSessionRecords({ ...deps, reader, idleSeconds: 1_000 })
  const ref = userSessionRef('one session id')
  await records.create(ref, sessionOf('alice'))
  await expect(records.create(ref, sessionOf('mallory'))).rejects.toThrow('exists already')
  expect(await reader.find(ref)).toMatchObject(sessionOf('alice'))
  await records.replace(ref, { ...sessionOf('alice'), endsAt: 501_000 })
  const left = await redis.ttl(userSessionKey(ref))
  expect(left).toBeLessThanOrEqual(500)
  expect(left).toBeGreaterThan(440)

  await records.end(ref)
  await records.replace(ref, sessionOf('alice'))
  expect(await records.use(ref)).toBeUndefined()
  expect(await redis.keys('*')).toEqual([])
})

test('a use extends the idle time of the user session and of its tokens, after a tenth of it, and not beyond the absolute end', async () => {
  let now = 1_000
  const { log, matching } = createRecordedLog()
  const deps = { redis, userSessionKeys: keyRing('s1', 's1'), clock: () => now, log }
  const reader = createUserSessionReader(deps)
  const records = createUserSessionRecords({ ...deps, reader, idleSeconds: 10_000 })
  const ref = userSessionRef('a busy session id')
  const keys = [userSessionKey(ref), userTokensKey(ref)] as const
  await records.create(ref, { ...sessionOf('alice'), endsAt: 31_000_000 })
  await redis.set(keys[1], 'tokens', 'EX', 10_000)
  const afterUse = async (seconds: number) => {
    now += seconds * 1_000
    // As Redis counts them.
    for (const key of keys) await redis.expire(key, (await redis.ttl(key)) - seconds)
    const before = await redis.get(keys[0])
    const used = await records.use(ref)
    expect(used?.user.subject).toBe('alice')
    expect(await reader.find(ref)).toEqual(used)
    const written = (await redis.get(keys[0])) !== before
    return { written, ends: used?.idleEndsAt, left: await Promise.all(keys.map((key) => redis.ttl(key))) }
  }
  const first = await afterUse(999)
  expect([first.written, first.ends]).toEqual([false, 10_001_000])
  for (const left of first.left) expect(left).toBeLessThanOrEqual(9_001)
  const second = await afterUse(1)
  expect([second.written, second.ends]).toEqual([true, 11_001_000])
  for (const left of second.left) expect(left).toBeGreaterThan(9_900)
  await afterUse(9_000)
  await afterUse(9_000)
  const last = await afterUse(8_000)
  expect([last.written, last.ends]).toEqual([true, 31_000_000])
  for (const left of last.left) {
    expect(left).toBeLessThanOrEqual(4_000)
    expect(left).toBeGreaterThan(3_900)
  }
  expect(matching('not extended')).toEqual([])
})

test.each([
  [-1, 'alice'],
  [0, undefined],
])(
  'a record that a writer of Redis keeps, or puts back, is refused %i ms after its sealed idle time: %s',
  async (after, who) => {
    let now = 1_000
    const deps = { redis, userSessionKeys: keyRing('s1', 's1'), clock: () => now, log: createRecordedLog().log }
    const reader = createUserSessionReader(deps)
    const records = createUserSessionRecords({ ...deps, reader, idleSeconds: 100 })
    const ref = userSessionRef('a restored session id')
    await records.create(ref, sessionOf('alice'))
    const sealed = (await redis.get(userSessionKey(ref))) ?? ''
    await records.end(ref)
    now = 101_000 + after
    await redis.set(userSessionKey(ref), sealed)
    expect((await reader.find(ref))?.user.subject).toBe(who)
    expect((await records.use(ref))?.user.subject).toBe(who)
    expect(await redis.ttl(userSessionKey(ref))).toBe(who ? 100 : -1)
  },
)

test('a user session of an earlier version, without a sealed idle time, is alive and gets one at its next use', async () => {
  const deps = { redis, userSessionKeys: keyRing('s1', 's1'), clock: () => 5_000, log: createRecordedLog().log }
  const reader = createUserSessionReader(deps)
  const ref = userSessionRef('an earlier session id')
  const earlier = sealedUserSession(deps.userSessionKeys, deps.log).seal(sessionOf('alice'), userSessionKey(ref))
  await redis.set(userSessionKey(ref), earlier, 'EX', 50)
  expect((await reader.find(ref))?.user.subject).toBe('alice')
  const used = await createUserSessionRecords({ ...deps, reader, idleSeconds: 100 }).use(ref)
  expect(used?.idleEndsAt).toBe(105_000)
  expect(await reader.find(ref)).toEqual(used)
})

test('a use that a sign-out overtakes does not restore the user session', async () => {
  const deps = { redis, userSessionKeys: keyRing('s1', 's1'), clock: () => now, log: createRecordedLog().log }
  let now = 1_000
  const reader = createUserSessionReader(deps)
  const ref = userSessionRef('an overtaken session id')
  const records = createUserSessionRecords({
    ...deps,
    reader: {
      async read(of) {
        const seen = await reader.read(of)
        await records.end(of)
        return seen
      },
    },
    idleSeconds: 100,
  })
  await records.create(ref, sessionOf('alice'))
  now += 50_000
  expect((await records.use(ref))?.user.subject).toBe('alice')
  expect(await redis.keys('*')).toEqual([])
})

test('a use that cannot extend the idle time still reads the user session, and the log has the cause', async () => {
  const { log, matching } = createRecordedLog()
  await redis.call('ACL', 'SETUSER', 'reader', 'reset', 'on', '>secret', '~*', '+get', '+info')
  const reading = await redisServer.connect({ username: 'reader', password: 'secret' })
  const deps = { userSessionKeys: keyRing('s1', 's1'), clock: () => 1_000, log, idleSeconds: 100 }
  const reader = createUserSessionReader({ ...deps, redis })
  const ref = userSessionRef('a session id')
  await createUserSessionRecords({ ...deps, redis, reader }).create(ref, sessionOf('alice'))
  await redis.expire(userSessionKey(ref), 50)
  const later = { ...deps, clock: () => 51_000 }
  const used = await createUserSessionRecords({ ...later, redis: reading, reader }).use(ref)
  expect(used?.user.subject).toBe('alice')
  expect(matching('NOPERM')).toHaveLength(1)
  expect(await redis.ttl(userSessionKey(ref))).toBeLessThanOrEqual(50)
})

test.each([
  ['with its tokens', ['session', 'tokens'], 1],
  ['whose tokens are lost', ['session'], 1],
  ['of which only the tokens are left', ['tokens'], 1],
  ['that has ended before', [], 0],
])(
  'the end of a user session %s leaves nothing of it, and is told when there was something',
  async (_which, has, told) => {
    const deps = { redis, userSessionKeys: keyRing('s1', 's1'), clock: () => 1_000, log: createRecordedLog().log }
    const records = createUserSessionRecords({ ...deps, reader: createUserSessionReader(deps), idleSeconds: 100 })
    const [ref, other] = [userSessionRef('one session id'), userSessionRef('another session id')]
    if (has.includes('session')) await records.create(ref, sessionOf('alice'))
    if (has.includes('tokens')) await redis.set(userTokensKey(ref), 'tokens')
    await records.create(other, sessionOf('bob'))
    const subscriber = await redisServer.connect()
    const heard: string[] = []
    subscriber.on('message', (_channel, ended) => heard.push(ended))
    await subscriber.subscribe(USER_SESSION_ENDED_CHANNEL)
    await records.end(ref)
    await subscriber.ping()
    expect(heard).toEqual(Array(told).fill(ref))
    expect(await redis.keys('*')).toEqual([userSessionKey(other)])
  },
)

test('the end of a user session returns the tokens that were stored at that moment, and happens also when they have another type', async () => {
  const deps = { redis, userSessionKeys: keyRing('s1', 's1'), clock: () => 1_000, log: createRecordedLog().log }
  const records = createUserSessionRecords({ ...deps, reader: createUserSessionReader(deps), idleSeconds: 100 })
  const ref = userSessionRef('a session id')
  const end = async () => [await records.end(ref), await redis.keys('*')]
  await records.create(ref, sessionOf('alice'))
  await redis.set(userTokensKey(ref), 'tokens')
  expect(await end()).toEqual([{ ref, sealedTokens: 'tokens' }, []])
  await records.create(ref, sessionOf('alice'))
  await redis.hset(userTokensKey(ref), 'value', 'x')
  expect(await end()).toEqual([{ ref }, []])
  expect(await end()).toEqual([{ ref }, []])
})
