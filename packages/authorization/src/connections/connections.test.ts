import { connectionKey, type UserRef } from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { createConnectionRecords } from './connection-records.ts'
import { needsNewConsent } from './connection-state.ts'
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
    records: createConnectionRecords({
      redis,
      connectionKeys: { sealWith: key, keys: { [key]: key.repeat(43) } },
      userTokensKeys: { sealWith: 't', keys: { t: 't'.repeat(43) } },
      log: createLogger({ service: 'test', level: 'silent' }),
    }),
    clock: () => NOW,
  })

const bound = (scopes: string, generation = 0) => ({ scopes, generation, parameters: {} })

const FIELD = 'record'
/** Nothing of a record that does not open is used. */
const ENDED = { status: 'disconnected', scopes: '', entries: [], ended: [] }

test('a connection cannot be read in Redis, or by another user', async () => {
  const connections = connectionsWith('k')
  await connections.connected(alice, 'github', bound('repo'), { name: 'alice-the-heron' })
  expect(JSON.stringify(await redis.hgetall(connectionKey(alice, 'github')))).not.toMatch(/heron|repo|connected/)
  expect(await connections.find(alice, 'github')).toMatchObject({
    status: 'connected',
    scopes: 'repo',
    connectedAt: NOW,
    account: 'alice-the-heron',
  })

  const sealed = (await redis.hget(connectionKey(alice, 'github'), FIELD)) ?? ''
  const forged = JSON.stringify({ status: 'connected', scopes: 'repo admin:org', connectedAt: NOW })
  for (const record of [sealed, forged]) {
    await redis.hset(connectionKey(bob, 'github'), { [FIELD]: record })
    expect(await connections.find(bob, 'github')).toMatchObject(ENDED)
  }
  await redis.hset(connectionKey(bob, 'github'), { [FIELD]: '' })
  expect(await connections.find(bob, 'github')).toBeUndefined()
  await redis.hset(connectionKey(alice, 'google-calendar'), { [FIELD]: sealed })
  expect(await connections.find(alice, 'google-calendar')).toMatchObject(ENDED)
})

test('a record of the previous version counts as absent, and is replaced by the next connection', async () => {
  const connections = connectionsWith('k')
  const key = connectionKey('o'.repeat(22) as UserRef, 'github')
  await redis.hset(key, { status: 'connected', scopes: 'repo', connectedAt: String(NOW) })
  expect(await connections.find('o'.repeat(22) as UserRef, 'github')).toBeUndefined()
  await connections.connected('o'.repeat(22) as UserRef, 'github', bound('repo'), {})
  expect(Object.keys(await redis.hgetall(key))).toEqual([FIELD])
})

test('connected again, with an unknown account: the previous one is not shown', async () => {
  const connections = connectionsWith('k')
  await connections.connected(alice, 'github', bound('repo'), { name: 'alice' })
  await connections.connected(alice, 'github', bound('repo'), {})
  expect((await connections.find(alice, 'github'))?.account).toBeUndefined()
})

test('what was granted is kept beside what was asked for, and another consent replaces both', async () => {
  const connections = connectionsWith('k')
  const carol = 'c'.repeat(22) as UserRef
  await connections.connected(carol, 'github', bound('read repo'), { granted: ['repo', 'admin', 'repo'] })
  expect(await connections.find(carol, 'github')).toMatchObject({ scopes: 'read repo', granted: 'admin repo' })
  await connections.connected(carol, 'github', bound('read'), {})
  expect(await connections.find(carol, 'github')).toMatchObject({ scopes: 'read' })
  expect((await connections.find(carol, 'github'))?.granted).toBeUndefined()
})

test('a connection whose key was removed counts as disconnected: only a consent of after connects it again', async () => {
  await connectionsWith('k').connected(alice, 'google-calendar', bound('read'), { name: 'alice' })
  const connections = connectionsWith('n')
  const found = await connections.find(alice, 'google-calendar')
  expect(found).toMatchObject(ENDED)
  expect(needsNewConsent(found, ['read'])).toBe(true)
  for (const generation of [0, 1])
    expect(await connections.connected(alice, 'google-calendar', bound('read', generation), { name: 'alice' })).toBe(
      'superseded',
    )
  const consented = bound('read', found?.generation)
  expect(await connections.connected(alice, 'google-calendar', consented, { name: 'alice' })).toBe('connected')
  expect(await connections.find(alice, 'google-calendar')).toMatchObject({ status: 'connected', scopes: 'read' })
})

test('needs reauthorization only until a newer state is known', async () => {
  const connections = connectionsWith('k')
  await connections.needsReauthorization(bob, 'google-calendar')
  expect(await connections.find(bob, 'google-calendar')).toBeUndefined()
  await connections.connected(bob, 'google-calendar', bound('read'), { name: 'bob' })
  await connections.needsReauthorization(bob, 'google-calendar')
  expect(await connections.find(bob, 'google-calendar')).toMatchObject({
    status: 'needs_reauthorization',
    scopes: 'read',
    account: 'bob',
  })
})
