import { connectionKey, type UserRef } from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { createConnections } from './connections.ts'

const [alice, bob] = ['a', 'b'].map((letter) => letter.repeat(22) as UserRef) as [UserRef, UserRef]
const NOW = 1_900_000_000_000

let server: TestRedis
let redis: Redis
beforeAll(async () => {
  server = await startTestRedis()
  redis = server.connect()
  await new Promise((resolve) => redis.once('ready', resolve))
})
afterAll(() => server.stop())

const connectionsWith = (key: string) =>
  createConnections({
    redis,
    connectionKeys: { sealWith: key, keys: { [key]: key.repeat(43) } },
    clock: () => NOW,
    log: createLogger({ service: 'test', level: 'silent' }),
  })

const FIELD = 'record'

test('nothing of a connection is to be read in Redis, or to be had by another user', async () => {
  const connections = connectionsWith('k')
  await connections.connected(alice, 'github', ['repo'], 'alice-the-heron')
  expect(JSON.stringify(await redis.hgetall(connectionKey(alice, 'github')))).not.toMatch(/heron|repo|connected/)
  expect(await connections.find(alice, 'github')).toEqual({
    status: 'connected',
    scopes: 'repo',
    connectedAt: NOW,
    account: 'alice-the-heron',
  })

  const sealed = (await redis.hget(connectionKey(alice, 'github'), FIELD)) ?? ''
  const forged = JSON.stringify({ status: 'connected', scopes: 'repo admin:org', connectedAt: NOW })
  for (const record of [sealed, forged, '']) {
    await redis.hset(connectionKey(bob, 'github'), { [FIELD]: record })
    expect(await connections.find(bob, 'github')).toBeUndefined()
  }
  await redis.hset(connectionKey(alice, 'google-calendar'), { [FIELD]: sealed })
  expect(await connections.find(alice, 'google-calendar')).toBeUndefined()
})

test('a record of the version before counts as absent, and is gone with the next connection', async () => {
  const connections = connectionsWith('k')
  const key = connectionKey('o'.repeat(22) as UserRef, 'github')
  await redis.hset(key, { status: 'connected', scopes: 'repo', connectedAt: String(NOW) })
  expect(await connections.find('o'.repeat(22) as UserRef, 'github')).toBeUndefined()
  await connections.connected('o'.repeat(22) as UserRef, 'github', ['repo'], undefined)
  expect(Object.keys(await redis.hgetall(key))).toEqual([FIELD])
})

test('connected anew, with an account that nobody could find out: the one before is not shown', async () => {
  const connections = connectionsWith('k')
  await connections.connected(alice, 'github', ['repo'], 'alice')
  await connections.connected(alice, 'github', ['repo'], undefined)
  expect((await connections.find(alice, 'github'))?.account).toBeUndefined()
})

test('a connection that no key opens any more counts as not connected', async () => {
  await connectionsWith('k').connected(alice, 'google-calendar', ['read'], 'alice')
  expect(await connectionsWith('n').find(alice, 'google-calendar')).toBeUndefined()
})

test('needs to be connected again only as long as nothing newer is known', async () => {
  const connections = connectionsWith('k')
  await connections.needsReauthorization(bob, 'google-calendar')
  expect(await connections.find(bob, 'google-calendar')).toBeUndefined()
  await connections.connected(bob, 'google-calendar', ['read'], 'bob')
  await connections.needsReauthorization(bob, 'google-calendar')
  expect(await connections.find(bob, 'google-calendar')).toMatchObject({
    status: 'needs_reauthorization',
    scopes: 'read',
    account: 'bob',
  })
})
