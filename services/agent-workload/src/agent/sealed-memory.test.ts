import { type ConversationId, type TurnId, turnKey } from '@agent-identity/contracts'
import { startVendorStub } from '@agent-identity/provider-kit/vendor-stub'
import { createSealer, redisReady, UnsealError } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Redis } from 'ioredis'
import { SupersededError } from '../turns/run.ts'
import { createSealedMemory } from './sealed-memory.ts'
import { accessThat, authorizationId, NOW, outcomeOf, runTurn } from './test-support/agent-harness.ts'
import { workingVendors } from './test-support/working-vendors.ts'

const ALICE = 'aaaaaaaaaaaaaaaaaaaaaa' as ConversationId
const BOB = 'bbbbbbbbbbbbbbbbbbbbbb' as ConversationId
const turnOf = (id: ConversationId) => `${id}.ttttttttttt` as TurnId

describe('sealed memory', () => {
  let server: TestRedis
  let redis: Redis

  beforeAll(async () => {
    server = await startTestRedis()
    redis = server.connect()
    await redisReady(redis)
  })
  afterAll(() => server.stop())
  beforeEach(async () => {
    await redis.flushall()
    for (const id of [ALICE, BOB]) await redis.hset(turnKey(turnOf(id)), 'progress', 'of run 1')
  })

  const sealer = createSealer({ sealWith: '1', keys: { '1': 'k'.repeat(32) } }, 'conversation')
  const memoryOf = (conversationId: ConversationId, number = 1) => {
    const run = { number, progress: `of run ${number}` }
    return createSealedMemory({ redis, sealer, turnId: turnOf(conversationId), run, ttlSeconds: 60 })
  }

  it('has nothing where nothing was written', async () => {
    expect(await memoryOf(ALICE).read()).toBeUndefined()
  })

  it('does not open a value that was moved to another conversation', async () => {
    await memoryOf(ALICE).write('of alice')
    const [key = ''] = await redis.keys('conversation-snapshot:*')
    await redis.set(key.replace(ALICE, BOB), (await redis.get(key)) ?? '')
    await expect(memoryOf(BOB).read()).rejects.toThrow(UnsealError)
    expect(await memoryOf(ALICE).read()).toBe('of alice')
  })

  it('keeps what the current run wrote: a run that was superseded writes nothing', async () => {
    await redis.hset(turnKey(turnOf(ALICE)), 'progress', 'of run 2')
    await memoryOf(ALICE, 2).write('of the second run')
    await expect(memoryOf(ALICE, 1).write('of the first run')).rejects.toThrow(SupersededError)
    expect(await memoryOf(ALICE).read()).toBe('of the second run')
  })

  it('writes nothing of a conversation that was erased meanwhile', async () => {
    await redis.del(turnKey(turnOf(ALICE)))
    await expect(memoryOf(ALICE).write('of alice')).rejects.toThrow(SupersededError)
    expect(await redis.keys(`*${ALICE}*`)).toEqual([])
  })

  it('keeps conversations apart', async () => {
    await memoryOf(ALICE).write('of alice')
    expect(await memoryOf(BOB).read()).toBeUndefined()
    await memoryOf(BOB).write('of bob')
    expect(await memoryOf(ALICE).read()).toBe('of alice')
  })

  it('returns every character unchanged', async () => {
    const every = 'a\u0000é💡'
    await memoryOf(ALICE).write(every)
    expect(await memoryOf(ALICE).read()).toBe(every)
  })

  it('writes no text in the clear, with an expiry, and into the slot of the conversation', async () => {
    await memoryOf(ALICE).write('the dentist at two')
    const [key = '', ...others] = await redis.keys('conversation-snapshot:*')
    expect(others).toEqual([])
    expect(key).toContain(`{${ALICE}}`)
    expect(await redis.get(key)).not.toMatch(/dentist/)
    expect(await redis.ttl(key)).toBeGreaterThan(50)
  })

  it('carries a suspended turn from one runner to another, in one sealed key', async () => {
    const vendor = await startVendorStub()
    vendor.answer(workingVendors('vendor-secret-token', NOW))
    const id = authorizationId('c')
    const access = accessThat({ 'google-calendar': { outcome: 'authorization-required', authorizationId: id } })
    const run = (question?: string) =>
      outcomeOf(runTurn({ url: vendor.url, access, memory: memoryOf(ALICE), turnId: 'the-turn' as TurnId }, question))

    expect((await run('What is on my calendar today?')).end).toMatchObject({ type: 'interrupted' })
    const [key = '', ...others] = await redis.keys('conversation-snapshot:*')
    expect(others).toEqual([])
    expect(await redis.get(key)).not.toMatch(/calendar|authorization/)
    access.answers['google-calendar'] = { outcome: 'token', accessToken: 'vendor-secret-token' }
    expect((await run()).text).toContain('Stand-up')
    await vendor.stop()
  })
})
