import {
  type ConversationId,
  conversationKey,
  conversationSnapshotKey,
  conversationsOfUserKey,
  conversationTurnsKey,
  type TurnId,
  turnEventsKey,
  turnKey,
  type UserRef,
} from '@agent-identity/contracts'
import { createLogger, createSealer, isRedisAway } from '@agent-identity/service-runtime'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createSealedMemory } from '../agent/sealed-memory.ts'
import { createConversationsOfUser } from './conversations-of-user.ts'
import { alice, startTurns, TURN_TTL_SECONDS, userSession } from './test-support/turns-in-redis.ts'

const { turns, turnsWith, redis, claim, claimed, advance, stop } = await startTurns()
afterAll(stop)
beforeEach(() => redis.flushall())

const bob = 'b'.repeat(22) as UserRef
const turnKeys = { sealWith: 'k', keys: { k: 'k'.repeat(43) } }
const conversations = createConversationsOfUser({
  redis,
  turnKeys,
  log: createLogger({ service: 'test', level: 'silent' }),
})
const limitedTo = (storageLimits: { conversations?: number; bytes?: number }) =>
  turnsWith({ storageLimits: { conversations: 1_000, bytes: 10_000_000, ...storageLimits } })
const request = (
  more: { owner?: UserRef; message?: string; conversationId?: ConversationId; idempotencyKey?: string } = {},
) => ({
  owner: alice,
  userSession,
  message: 'hello',
  requestId: 'r',
  ...more,
})

async function ended({ turnId }: { turnId: TurnId }, delta?: string) {
  const run = await claim(turnId, 'start')
  if (delta !== undefined) await turns.append(turnId, { event: 'text', data: { delta } }, run)
  await turns.end(turnId, run, 'done', [{ event: 'done', data: {} }])
}

async function asked(more: Parameters<typeof request>[0] = {}, answer?: string) {
  const created = await turns.create(request(more))
  if (typeof created === 'string') throw new Error(created)
  await ended(created, answer)
  return created
}

const remember = async (turnId: TurnId, value: string) => {
  const run = await claim(turnId, 'start')
  const sealer = createSealer(turnKeys, 'conversation')
  await createSealedMemory({ redis, sealer, turnId, run, ttlSeconds: 60 }).write(value)
  await turns.end(turnId, run, 'done', [{ event: 'done', data: {} }])
}

/** As Redis has it: without the overhead of its structures. */
async function stored({ conversationId, turnId }: { conversationId: ConversationId; turnId: TurnId }) {
  const facts = await redis.hget(turnKey(turnId), 'facts')
  const events = await redis.xrange(turnEventsKey(turnId), '-', '+')
  const data = events.map(([, fields]) => fields[fields.indexOf('data') + 1] ?? '')
  const memory = await redis.get(conversationSnapshotKey(conversationId, 'memory'))
  return [facts ?? '', ...data, memory ?? ''].reduce((sum, { length }) => sum + length, 0)
}
const summaryOf = async ({ conversationId }: { conversationId: ConversationId }) =>
  (await conversations.summaries(alice)).find((one) => one.conversationId === conversationId)

describe('the bytes of a conversation', () => {
  test('are those of its questions, its events and the agent’s memory', async () => {
    const created = await asked({ message: 'x'.repeat(3_000) }, 'y'.repeat(5_000))
    expect((await summaryOf(created))?.bytes).toBe(await stored(created))
    const next = await turns.create(request({ conversationId: created.conversationId }))
    if (typeof next === 'string') throw new Error(next)
    const before = (await summaryOf(created))?.bytes ?? 0
    await remember(next.turnId, 'z'.repeat(7_000))
    expect((await summaryOf(created))?.bytes).toBeGreaterThan(before + 7_000)
    expect((await summaryOf(created))?.bytes).toBeGreaterThan(15_000)
  })

  test('are counted from nothing where a writer of Redis has left no number', async () => {
    const created = await asked()
    await redis.hset(conversationKey(created.conversationId), 'bytes', 'many')
    expect((await summaryOf(created))?.bytes).toBe(0)
    const next = await asked({ conversationId: created.conversationId }, 'y'.repeat(1_000))
    expect((await summaryOf(next))?.bytes).toBeGreaterThan(1_000)
  })

  test('of an erased conversation are not counted by what its run still writes', async () => {
    const { conversationId, turnId, run } = await claimed()
    await redis.del(conversationKey(conversationId))
    await turns.append(turnId, { event: 'text', data: { delta: 'late' } }, run)
    await turns.end(turnId, run, 'done', [{ event: 'done', data: {} }])
    expect(await redis.exists(conversationKey(conversationId))).toBe(0)
  })
})

describe('a user whose conversations take all their room', () => {
  test('gets no other message in, in any conversation, until one is erased; other users do', async () => {
    const large = await asked({}, 'y'.repeat(20_000))
    const small = await asked()
    const bytes = ((await summaryOf(large))?.bytes ?? 0) + ((await summaryOf(small))?.bytes ?? 0)
    await asked({ owner: bob }, 'y'.repeat(50_000))
    const keys = (await redis.keys('*')).toSorted()
    const before = await redis.zrange(conversationsOfUserKey(alice), 0, -1, 'WITHSCORES')
    advance(1_000)
    for (const conversationId of [undefined, small.conversationId, large.conversationId])
      expect(await limitedTo({ bytes }).create(request({ ...(conversationId && { conversationId }) }))).toBe(
        'storage-full',
      )
    expect((await redis.keys('*')).toSorted()).toEqual(keys)
    expect(await redis.zrange(conversationsOfUserKey(alice), 0, -1, 'WITHSCORES')).toEqual(before)
    expect(
      await limitedTo({ bytes: bytes + 1 }).create(request({ conversationId: small.conversationId })),
    ).toMatchObject({
      conversationId: small.conversationId,
    })
    expect(await conversations.eraseAtRest(large.conversationId, alice)).toBe('erased')
    expect(await limitedTo({ bytes }).create(request())).toMatchObject({ turnId: expect.any(String) })
  })

  test('finds the turn of a request that is repeated, and hears that the last message is being answered', async () => {
    const idempotencyKey = 'k'.repeat(16)
    const limited = limitedTo({ bytes: 1 })
    const first = await limited.create(request({ idempotencyKey }))
    expect(first).toMatchObject({ turnId: expect.any(String) })
    expect(await limited.create(request({ idempotencyKey }))).toEqual(first)
    const { conversationId } = first as { conversationId: ConversationId }
    expect(await limited.create(request({ conversationId }))).toBe('busy')
  })

  test('has room again when a conversation has expired', async () => {
    const limited = limitedTo({ conversations: 1 })
    await ended((await limited.create(request())) as { turnId: TurnId })
    expect(await limited.create(request())).toBe('storage-full')
    advance(TURN_TTL_SECONDS * 1_000)
    expect(await limited.create(request())).toMatchObject({ turnId: expect.any(String) })
  })
})

test('of conversations that begin at the same instant, on two replicas, no more than the limit do', async () => {
  const replicas = [limitedTo({ conversations: 5 }), limitedTo({ conversations: 5 })] as const
  const created = await Promise.all(Array.from({ length: 20 }, (_, n) => replicas[n % 2 ? 0 : 1].create(request())))
  expect(created.filter((one) => one === 'storage-full')).toHaveLength(15)
  expect(await redis.keys('conversation:*')).toHaveLength(5)
  expect(await redis.zcard(conversationsOfUserKey(alice))).toBe(5)
  const [known] = created.filter((one) => typeof one !== 'string')
  await ended(known as { turnId: TurnId })
  const { conversationId } = known as { conversationId: ConversationId }
  expect(await replicas[0].create(request({ conversationId }))).toMatchObject({ conversationId })
})

test('a full store refuses a message as being unavailable, keeps nothing of it, and takes it when there is room', async () => {
  const created = await asked()
  const keys = (await redis.keys('*')).toSorted()
  await redis.config('SET', 'maxmemory', '1')
  try {
    const refused = await turns.create(request({ conversationId: created.conversationId })).catch((error) => error)
    expect(isRedisAway(refused)).toBe(true)
    expect((await redis.keys('*')).toSorted()).toEqual(keys)
    // What makes room still works.
    expect(await conversations.eraseAtRest(created.conversationId, alice)).toBe('erased')
  } finally {
    await redis.config('SET', 'maxmemory', '0')
  }
  expect(await turns.create(request())).toMatchObject({ turnId: expect.any(String) })
})

describe('the list to choose from', () => {
  test('has the largest first, with the beginning of its first message, and only the user’s own', async () => {
    const small = await asked({ message: 'small' })
    const large = await asked({ message: `😀${'x'.repeat(500)}` }, 'y'.repeat(9_000))
    await asked({ owner: bob })
    await asked({ conversationId: small.conversationId, message: 'the second' })
    // The list is not sealed.
    const foreign = await asked({ owner: bob, message: 'a secret of Bob' })
    await redis.zadd(conversationsOfUserKey(alice), 9_000_000_000_000, foreign.conversationId)
    await redis.lset(conversationTurnsKey(large.conversationId), 0, foreign.turnId)
    const listed = await conversations.summaries(alice)
    expect(listed.map(({ conversationId }) => conversationId)).toEqual([large.conversationId, small.conversationId])
    expect(listed.map(({ message }) => message)).toEqual([undefined, 'small'])
    await redis.lset(conversationTurnsKey(large.conversationId), 0, large.turnId)
    expect((await summaryOf(large))?.message).toBe(`😀${'x'.repeat(119)}`)
  })
})

describe('one conversation is not erased', () => {
  test('by another user, who hears the same as for an unknown one', async () => {
    const { conversationId } = await asked()
    expect(await conversations.eraseAtRest(conversationId, bob)).toBe('not-found')
    expect(await conversations.eraseAtRest('u'.repeat(22) as ConversationId, bob)).toBe('not-found')
    expect(await redis.exists(conversationKey(conversationId))).toBe(1)
    expect(await conversations.eraseAtRest(conversationId, alice)).toBe('erased')
    expect(await redis.keys('*')).toEqual([])
  })

  test('while its turn is open, so that what the turn has begun is completed', async () => {
    const { conversationId, turnId, run } = await claimed()
    const keys = (await redis.keys('*')).toSorted()
    expect(await conversations.eraseAtRest(conversationId, alice)).toBe('busy')
    expect((await redis.keys('*')).toSorted()).toEqual(keys)
    await turns.end(turnId, run, 'done', [{ event: 'done', data: {} }])
    expect(await conversations.eraseAtRest(conversationId, alice)).toBe('erased')
    expect(await redis.keys('*')).toEqual([])
  })
})
