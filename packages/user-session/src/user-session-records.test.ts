import { type UserSession, userSessionKey } from '@agent-identity/contracts'
import { userSessionRef } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createRecordedLog } from './test-support/recorded-log.ts'
import { type RedisServer, startRedisServer } from './test-support/redis-server.ts'
import { keyRing } from './test-support/world.ts'
import { createUserSessionReader } from './user-session-reader.ts'
import { createUserSessionRecords } from './user-session-records.ts'

let redisServer: RedisServer
beforeAll(async () => {
  redisServer = await startRedisServer()
})
afterAll(() => redisServer.stop())

const sessionOf = (subject: string): UserSession => ({
  user: { issuer: 'https://issuer.example', subject, name: subject },
  signedInAt: 1_000,
  endsAt: 1_000_000,
  browserHash: 'b'.repeat(43),
})

test('a new user session does not overwrite another, and an ended one is not written again', async () => {
  const redis = await redisServer.connect()
  const deps = { redis, userSessionKeys: keyRing('s1', 's1'), clock: () => 1_000, log: createRecordedLog().log }
  const reader = createUserSessionReader(deps)
  const records = createUserSessionRecords({ ...deps, reader, idleSeconds: 100 })
  const ref = userSessionRef('one session id')
  await records.create(ref, sessionOf('alice'))
  await expect(records.create(ref, sessionOf('mallory'))).rejects.toThrow('exists already')
  expect(await reader.find(ref)).toMatchObject(sessionOf('alice'))
  await records.replace(ref, { ...sessionOf('alice'), endsAt: 51_000 })
  expect(await redis.ttl(userSessionKey(ref))).toBe(50)

  await records.end(ref)
  await records.replace(ref, sessionOf('alice'))
  expect(await records.use(ref)).toBeUndefined()
  expect(await redis.keys('*')).toEqual([])
})
