import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { runScript } from './run-script.ts'

let server: TestRedis
let redis: Redis

beforeAll(async () => {
  server = await startTestRedis()
  redis = await server.ready()
})
afterAll(() => server.stop())

const COUNT = "return redis.call('INCRBY', KEYS[1], ARGV[1])"
const count = () => runScript(redis, COUNT, ['counted'], [1])
const callsOf = async (command: string) =>
  Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await redis.info('commandstats'))?.[1] ?? 0)

test('the text of a script is sent once, and again to a server that has forgotten it', async () => {
  await redis.config('RESETSTAT')
  expect([await count(), await count(), await count()]).toEqual([1, 2, 3])
  expect(await callsOf('eval')).toBe(1)
  await redis.script('FLUSH')
  expect([await count(), await count()]).toEqual([4, 5])
  expect(await callsOf('eval')).toBe(2)
})

test('a script that fails is not run a second time', async () => {
  const failing = "redis.call('INCR', KEYS[1]) return redis.error_reply('ERR not today')"
  for (const expected of ['1', '2']) {
    await expect(runScript(redis, failing, ['failed'], [])).rejects.toThrow('not today')
    expect(await redis.get('failed')).toBe(expected)
  }
})
