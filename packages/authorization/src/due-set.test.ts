import { startTestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createDueSet } from './due-set.ts'

const server = await startTestRedis()
const redis = await server.ready()
const due = createDueSet<string>(redis, 'due')
const settle = (id: string, what: () => Promise<unknown> = async () => undefined) =>
  due.settle(id, async () => {
    await what()
    return 'settled'
  })
afterAll(() => server.stop())
beforeEach(() => redis.flushall())

describe('what is still to be done', () => {
  test('is removed when it is done, and nothing else is', async () => {
    await due.lookAt('one', 5)
    await due.lookAt('other', 5)
    expect(await settle('one')).toBe('settled')
    expect(await redis.zrange('due', 0, -1, 'WITHSCORES')).toEqual(['other', '5'])
  })

  test('stays when it has to be looked at later', async () => {
    await due.lookAt('one', 5)
    expect(await due.settle('one', async () => ({ later: 9 }))).toEqual({ later: 9 })
    expect(await redis.zrange('due', 0, -1)).toEqual(['one'])
  })

  test.each([
    ['earlier', 4],
    ['later', 6],
  ])('stays when it becomes due once more meanwhile, %s', async (_when, at) => {
    await due.lookAt('one', 5)
    await settle('one', () => due.lookAt('one', at))
    expect(await redis.zrange('due', 0, -1, 'WITHSCORES')).toEqual(['one', String(at)])
  })

  test('is what was added meanwhile, where there was nothing before; and looking at it adds nothing', async () => {
    await settle('one')
    expect(await redis.exists('due')).toBe(0)
    await settle('one', () => due.lookAt('one', 5))
    expect(await redis.zrange('due', 0, -1)).toEqual(['one'])
    await settle('one', () => redis.del('due'))
    expect(await redis.exists('due')).toBe(0)
  })
})
