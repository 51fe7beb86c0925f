import { connectionKey, type UserRef } from '@agent-identity/contracts'
import { createSealer } from '@agent-identity/service-runtime'
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
    sealer: createSealer({ sealWith: key, keys: { [key]: key.repeat(43) } }, 'connection'),
    clock: () => NOW,
  })

test('the name of an account is not to be read in Redis, and not to be had by another user', async () => {
  const connections = connectionsWith('k')
  await connections.connected(alice, 'github', ['repo'], 'alice-the-heron')
  await connections.connected(bob, 'github', ['repo'], 'bob')
  expect(JSON.stringify(await redis.hgetall(connectionKey(alice, 'github')))).not.toContain('heron')
  const known = { status: 'connected', scopes: 'repo', connectedAt: NOW }
  expect(await connections.find(alice, 'github')).toEqual({ ...known, account: 'alice-the-heron' })

  const sealed = (await redis.hget(connectionKey(alice, 'github'), 'account')) ?? ''
  for (const account of [sealed, 'alice-the-heron', '']) {
    await redis.hset(connectionKey(bob, 'github'), { account })
    expect(await connections.find(bob, 'github')).toEqual(known)
  }
})

test('connected anew, with an account that nobody could find out: the one before is not shown', async () => {
  const connections = connectionsWith('k')
  await connections.connected(alice, 'github', ['repo'], 'alice')
  await connections.connected(alice, 'github', ['repo'], undefined)
  expect((await connections.find(alice, 'github'))?.account).toBeUndefined()
})

test('a name that no key opens any more is not known, and the connection is', async () => {
  await connectionsWith('k').connected(alice, 'google-calendar', ['read'], 'alice')
  expect(await connectionsWith('n').find(alice, 'google-calendar')).toEqual({
    status: 'connected',
    scopes: 'read',
    connectedAt: NOW,
  })
})
