import {
  conversationKey,
  conversationsOfUserKey,
  turnEffectsKey,
  turnKey,
  type UserRef,
} from '@agent-identity/contracts'
import { createLogger, type RedisClient } from '@agent-identity/service-runtime'
import { afterAll, expect, test } from '@jest/globals'
import { createConversationsOfUser } from './conversations-of-user.ts'
import { alice, startTurns } from './test-support/turns-in-redis.ts'

const { turns, redis, asked, claimed, stop } = await startTurns()
afterAll(stop)

/** `onRead` is called once: when the first attempt to erase has read the list of turns, and has erased nothing yet. */
function conversationsThat(onRead: () => Promise<unknown>) {
  let reads = 0
  const slowly = new Proxy(redis, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (name !== 'lrange') return typeof value === 'function' ? value.bind(target) : value
      return async (...range: Parameters<typeof redis.lrange>) => {
        const listed = await redis.lrange(...range)
        reads += 1
        if (reads === 2) await onRead()
        return listed
      }
    },
  }) as RedisClient
  const log = createLogger({ service: 'test', level: 'silent' })
  return createConversationsOfUser({ redis: slowly, turnKeys: { sealWith: 'k', keys: { k: 'k'.repeat(43) } }, log })
}

test('a question that comes while its conversation is erased leaves nothing behind', async () => {
  const { conversationId, turnId, run } = await claimed()
  await turns.end(turnId, run, 'done', [{ event: 'done', data: {} }])
  let created: unknown
  const conversations = conversationsThat(async () => {
    created = await asked(conversationId)
  })
  expect(await conversations.erase(conversationId, alice)).toBe(true)
  expect(created).toMatchObject({ conversationId })
  expect(await redis.keys(`*{${conversationId}}*`)).toEqual([])
  expect(await redis.zscore(conversationsOfUserKey(alice), conversationId)).toBeNull()
  await expect(asked(conversationId)).rejects.toThrow('not-found')
})

test('an erasure that another one overtakes is over, and the list does not name the conversation any more', async () => {
  const { conversationId, turnId, run } = await claimed()
  await turns.end(turnId, run, 'done', [{ event: 'done', data: {} }])
  const other = conversationsThat(async () => undefined)
  const conversations = conversationsThat(() => other.erase(conversationId, alice))
  expect(await conversations.erase(conversationId, alice)).toBe(true)
  expect(await redis.zscore(conversationsOfUserKey(alice), conversationId)).toBeNull()
})

test('what does not open is told, and what is gone is not', async () => {
  const bob = 'b'.repeat(22) as UserRef
  const conversations = conversationsThat(async () => undefined)
  const { conversationId, turnId } = await asked(undefined, bob)
  const gone = await asked(undefined, bob)
  await redis.del(conversationKey(gone.conversationId))
  expect([await conversations.list(bob), await conversations.unreadable(bob)]).toEqual([[conversationId], 0])

  await redis.hset(turnEffectsKey(turnId), 'e', 'altered')
  await expect(conversations.changesOf(turnId)).rejects.toThrow('does not open')
  await redis.hset(turnKey(turnId), 'facts', 'altered')
  expect(await conversations.turnsOf(conversationId, bob)).toEqual([{ turnId, turn: undefined }])
  await redis.del(turnKey(turnId))
  expect(await conversations.turnsOf(conversationId, bob)).toEqual([])
  await redis.hset(conversationKey(conversationId), 'facts', 'altered')
  expect([await conversations.list(bob), await conversations.unreadable(bob)]).toEqual([[], 1])
})
