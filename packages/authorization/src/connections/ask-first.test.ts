import { CONNECTION_CHANGED_CHANNEL, type UserRef } from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { createAskFirst } from './ask-first.ts'

const owner = 'a'.repeat(22) as UserRef
const connectionKeys = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
const log = createLogger({ service: 'test', level: 'silent' })
let server: TestRedis
let redis: Redis

beforeAll(async () => {
  server = await startTestRedis()
  redis = await server.ready()
})
afterAll(() => server.stop())

describe('whether a user is asked first', () => {
  const choices = () => createAskFirst({ redis, connectionKeys, byDefault: ['github'], log })
  const bob = 'b'.repeat(22) as UserRef
  beforeEach(() => redis.flushall())

  test('is their choice, else the default', async () => {
    const { isOn, choose, chosen } = choices()
    expect(await chosen(owner, 'github')).toBeUndefined()
    expect([await isOn(owner, 'github'), await isOn(owner, 'google-calendar')]).toEqual([true, false])
    await choose(owner, 'github', false)
    await choose(owner, 'google-calendar', true)
    expect([await isOn(owner, 'github'), await isOn(owner, 'google-calendar')]).toEqual([false, true])
    expect([await chosen(owner, 'github'), await chosen(owner, 'google-calendar')]).toEqual([false, true])
    expect([await isOn(bob, 'github'), await isOn(bob, 'google-calendar')]).toEqual([true, false])
  })

  test('is told to every replica when they choose: pages that show it read it again', async () => {
    const subscriber = await server.ready()
    const told = new Promise((resolve) => subscriber.once('message', (...message) => resolve(message)))
    await subscriber.subscribe(CONNECTION_CHANGED_CHANNEL)
    await choices().choose(owner, 'github', false)
    expect(await told).toEqual([CONNECTION_CHANGED_CHANNEL, `${owner} github`])
  })

  test.each([
    ['another user’s choice', (from: string) => from],
    ['an unsealed one', () => '{"askFirst":false}'],
  ])('%s does not turn it off', async (_what, planted) => {
    const { isOn, choose } = choices()
    await choose(owner, 'github', false)
    await choose(bob, 'github', true)
    await redis.set(`ask-first:{${bob}}:github`, planted((await redis.get(`ask-first:{${owner}}:github`)) ?? ''))
    expect(await isOn(bob, 'github')).toBe(true)
  })
})
