import { type UserSessionRef, userTokensRefreshLockKey } from '@agent-identity/contracts'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createRefreshLock } from './refresh-lock.ts'
import { createRecordedLog } from './test-support/recorded-log.ts'
import { type RedisServer, startRedisServer } from './test-support/redis-server.ts'

let redisServer: RedisServer
beforeAll(async () => {
  redisServer = await startRedisServer()
})
afterAll(() => redisServer.stop())

const refOf = (letter: string) => letter.repeat(22) as UserSessionRef

test('is held by one replica at a time, for longer than a refresh takes, and is free afterwards', async () => {
  const ref = refOf('a')
  const key = userTokensRefreshLockKey(ref)
  const redis = await redisServer.connect()
  const { log } = createRecordedLog()
  const [one, other] = [createRefreshLock({ redis, log }), createRefreshLock({ redis, log })]
  const result = await one.whileHeld(ref, async () => {
    const left = await redis.pttl(key)
    expect(await other.whileHeld(ref, async () => ({}))).toBeUndefined()
    return { left }
  })
  expect(result?.left).toBeGreaterThan(25_000)
  expect(await redis.exists(key)).toBe(0)
  const failed = one.whileHeld(ref, () => Promise.reject(new Error('the issuer is away')))
  await expect(failed).rejects.toThrow('the issuer is away')
  expect(await redis.exists(key)).toBe(0)
})

test('that cannot be removed does not lose the result of the refresh, and the log has the cause', async () => {
  const admin = await redisServer.connect()
  await admin.call('ACL', 'SETUSER', 'writer', 'reset', 'on', '>secret', '~*', '+set', '+info')
  const redis = await redisServer.connect({ username: 'writer', password: 'secret' })
  const { log, matching } = createRecordedLog()
  const result = { outcome: 'token' }
  expect(await createRefreshLock({ redis, log }).whileHeld(refOf('b'), async () => result)).toBe(result)
  expect(matching('NOPERM')).toHaveLength(1)
})

test('that another replica has by now is left to it', async () => {
  const ref = refOf('c')
  const redis = await redisServer.connect()
  const { log } = createRecordedLog()
  // As if the lock had expired.
  await createRefreshLock({ redis, log }).whileHeld(ref, async () => ({
    set: await redis.set(userTokensRefreshLockKey(ref), 'another replica'),
  }))
  expect(await redis.get(userTokensRefreshLockKey(ref))).toBe('another replica')
})
