import { type ConnectionRef, connectionKey, type UserRef } from '@agent-identity/contracts'
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
  redis = await server.ready()
})
afterAll(() => server.stop())

const connectionsWith = (key: string) =>
  createConnections({
    records: createConnectionRecords({
      redis,
      connectionKeys: { sealWith: key, keys: { [key]: key.repeat(43) } },
      userTokensKeys: { sealWith: 't', keys: { t: 't'.repeat(43) } },
      audit: () => undefined,
      clock: () => NOW,
      log: createLogger({ service: 'test', level: 'silent' }),
    }),
    clock: () => NOW,
  })

const at = (user: UserRef, provider: string): ConnectionRef => ({ user, provider, named: undefined })
const bound = (scopes: string, generation = 0) => ({ scopes, generation, parameters: {} })

const FIELD = 'record'
const ENDED = { status: 'disconnected', scopes: '', entries: [], ended: [] }

test('a connection cannot be read in Redis, or by another user', async () => {
  const connections = connectionsWith('k')
  await connections.connected(at(alice, 'github'), bound('repo'), { name: 'alice-the-heron' })
  expect(JSON.stringify(await redis.hgetall(connectionKey(alice, 'github')))).not.toMatch(/heron|repo|connected/)
  expect(await connections.find(at(alice, 'github'))).toMatchObject({
    status: 'connected',
    scopes: 'repo',
    connectedAt: NOW,
    account: 'alice-the-heron',
  })

  const sealed = (await redis.hget(connectionKey(alice, 'github'), FIELD)) ?? ''
  const forged = JSON.stringify({ status: 'connected', scopes: 'repo admin:org', connectedAt: NOW })
  for (const record of [sealed, forged]) {
    await redis.hset(connectionKey(bob, 'github'), { [FIELD]: record })
    expect(await connections.find(at(bob, 'github'))).toMatchObject(ENDED)
  }
  await redis.hset(connectionKey(bob, 'github'), { [FIELD]: '' })
  expect(await connections.find(at(bob, 'github'))).toBeUndefined()
  await redis.hset(connectionKey(alice, 'google-calendar'), { [FIELD]: sealed })
  expect(await connections.find(at(alice, 'google-calendar'))).toMatchObject(ENDED)
})

test('an unsealed record of an earlier version counts as absent', async () => {
  const connections = connectionsWith('k')
  const key = connectionKey('o'.repeat(22) as UserRef, 'github')
  await redis.hset(key, { status: 'connected', scopes: 'repo', connectedAt: String(NOW) })
  expect(await connections.find(at('o'.repeat(22) as UserRef, 'github'))).toBeUndefined()
  await connections.connected(at('o'.repeat(22) as UserRef, 'github'), bound('repo'), {})
  expect(await connections.find(at('o'.repeat(22) as UserRef, 'github'))).toMatchObject({ status: 'connected' })
})

test('connected again, with an account that the vendor does not say: it is not used', async () => {
  const connections = connectionsWith('k')
  const carol = at('c'.repeat(22) as UserRef, 'github')
  await connections.connected(carol, bound('repo'), { name: 'carol' })
  await connections.connected(carol, bound('repo'), {})
  expect(await connections.find(carol)).toMatchObject({ status: 'wrong_account', account: 'carol' })
})

test('what was granted is kept beside what was asked for, and another consent replaces both', async () => {
  const connections = connectionsWith('k')
  const dave = at('d'.repeat(22) as UserRef, 'github')
  await connections.connected(dave, bound('read repo'), { granted: ['repo', 'admin', 'repo'] })
  expect(await connections.find(dave)).toMatchObject({ scopes: 'read repo', granted: 'admin repo' })
  await connections.connected(dave, bound('read'), {})
  expect(await connections.find(dave)).toMatchObject({ scopes: 'read' })
  expect((await connections.find(dave))?.granted).toBeUndefined()
})

test('a connection whose key was removed counts as disconnected: only a consent that is asked for after that connects it again', async () => {
  await connectionsWith('k').connected(at(alice, 'google-calendar'), bound('read'), { name: 'alice' })
  const connections = connectionsWith('n')
  const found = await connections.find(at(alice, 'google-calendar'))
  expect(found).toMatchObject(ENDED)
  expect(needsNewConsent(found, { scopes: ['read'], parameters: {} })).toBe(true)
  for (const generation of [0, 1])
    expect(
      await connections.connected(at(alice, 'google-calendar'), bound('read', generation), { name: 'alice' }),
    ).toEqual({
      outcome: 'superseded',
    })
  const consented = bound('read', found?.generation)
  expect(await connections.connected(at(alice, 'google-calendar'), consented, { name: 'alice' })).toMatchObject({
    outcome: 'connected',
  })
  expect(await connections.find(at(alice, 'google-calendar'))).toMatchObject({ status: 'connected', scopes: 'read' })
})

test('only a connection that exists gets the status needs_reauthorization, and it keeps its scopes and account', async () => {
  const connections = connectionsWith('k')
  await connections.needsReauthorization(at(bob, 'google-calendar'))
  expect(await connections.find(at(bob, 'google-calendar'))).toBeUndefined()
  await connections.connected(at(bob, 'google-calendar'), bound('read'), { name: 'bob' })
  await connections.needsReauthorization(at(bob, 'google-calendar'))
  expect(await connections.find(at(bob, 'google-calendar'))).toMatchObject({
    status: 'needs_reauthorization',
    scopes: 'read',
    account: 'bob',
  })
})
