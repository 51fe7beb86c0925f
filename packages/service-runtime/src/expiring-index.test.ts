import { startTestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { addToExpiringIndex } from './expiring-index.ts'

const NOW = 1_900_000_000_000
const server = await startTestRedis()
const redis = await server.ready()
afterAll(() => server.stop())
beforeEach(() => redis.flushall())

const add = (id: string, endsAt: number, now = NOW) => addToExpiringIndex(redis, 'index', { id, endsAt, now })
const ids = () => redis.zrange('index', 0, -1)

describe('an index of records by the time of their end', () => {
  test('has those that are not over, and loses one at its end', async () => {
    await add('over', NOW + 1)
    await add('later', NOW + 9)
    expect(await ids()).toEqual(['over', 'later'])
    await add('new', NOW + 5, NOW + 1)
    expect(await ids()).toEqual(['new', 'later'])
  })

  test('expires with the last record that ends, whichever was added last', async () => {
    await add('last', NOW + 9)
    expect(await redis.pexpiretime('index')).toBe(NOW + 9)
    await add('first', NOW + 5)
    expect(await redis.pexpiretime('index')).toBe(NOW + 9)
    await add('first', NOW + 12)
    expect(await redis.pexpiretime('index')).toBe(NOW + 12)
  })

  test.each(['inf', '-inf', '1e19', '9007199254740994'])('loses one whose end is no time: %s', async (score) => {
    await redis.zadd('index', score, 'forged')
    await add('own', NOW + 5)
    expect([await ids(), await redis.pexpiretime('index')]).toEqual([['own'], NOW + 5])
  })

  test('is none when the only record is over already', async () => {
    await add('over', NOW)
    expect(await redis.exists('index')).toBe(0)
  })
})

describe('an index that may have so many records', () => {
  const within = (id: string, most: number, now = NOW) =>
    addToExpiringIndex(redis, 'index', { id, endsAt: now + 9, now, most })

  test('takes no other one, and goes on with those that it has', async () => {
    expect([await within('a', 2), await within('b', 2), await within('c', 2)]).toEqual([true, true, false])
    expect(await ids()).toEqual(['a', 'b'])
    expect(await within('a', 2, NOW + 1)).toBe(true)
    expect(await within('a', 1, NOW + 2)).toBe(true)
  })

  test('does not count one that is over, or whose end is no time', async () => {
    await add('over', NOW)
    await redis.zadd('index', NOW, 'past', '1e19', 'forged')
    expect([await within('a', 1), await within('b', 1)]).toEqual([true, false])
    expect(await within('b', 1, NOW + 9)).toBe(true)
    expect(await ids()).toEqual(['b'])
  })
})
