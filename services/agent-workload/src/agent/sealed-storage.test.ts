import type { ConversationId, TurnId } from '@agent-identity/contracts'
import { startVendorStub } from '@agent-identity/provider-kit/vendor-stub'
import { createSealer, redisReady, UnsealError } from '@agent-identity/service-runtime'
import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Redis } from 'ioredis'
import { createSealedStorage } from './sealed-storage.ts'
import { accessThat, authorizationId, NOW, outcomeOf, runTurn } from './test-support/agent-harness.ts'
import { workingVendors } from './test-support/working-vendors.ts'

const ALICE = 'aaaaaaaaaaaaaaaaaaaaaa' as ConversationId
const BOB = 'bbbbbbbbbbbbbbbbbbbbbb' as ConversationId
const PATH = 'session/conversation/snapshot.json'
const bytes = (text: string) => new TextEncoder().encode(text)

describe('sealed storage', () => {
  let server: TestRedis
  let redis: Redis

  beforeAll(async () => {
    server = await startTestRedis()
    redis = server.connect()
    await redisReady(redis)
  })
  afterAll(() => server.stop())
  beforeEach(() => redis.flushall())

  const sealer = createSealer({ sealWith: '1', keys: { '1': 'k'.repeat(32) } }, 'conversation')
  const storageOf = (conversationId: ConversationId, ttlSeconds = 60) =>
    createSealedStorage({ redis, sealer, conversationId, ttlSeconds })

  it('has nothing where nothing was written', async () => {
    expect(await storageOf(ALICE).read(PATH)).toBeNull()
    await storageOf(ALICE).delete(PATH)
  })

  it('does not open what was moved to another conversation or path', async () => {
    await storageOf(ALICE).write(PATH, bytes('of alice'))
    const [key = ''] = await redis.keys('*')
    const sealed = (await redis.get(key)) ?? ''
    await redis.set(key.replace(ALICE, BOB), sealed)
    await redis.set(`${key}2`, sealed)
    await expect(storageOf(BOB).read(PATH)).rejects.toThrow(UnsealError)
    await expect(storageOf(ALICE).read(`${PATH}2`)).rejects.toThrow(UnsealError)
    expect(await storageOf(ALICE).read(PATH)).toEqual(bytes('of alice'))
  })

  it('keeps conversations apart', async () => {
    await storageOf(ALICE).write(PATH, bytes('of alice'))
    expect(await storageOf(BOB).read(PATH)).toBeNull()
    await storageOf(BOB).delete(PATH)
    expect(await storageOf(ALICE).read(PATH)).toEqual(bytes('of alice'))
    await storageOf(ALICE).delete(PATH)
    expect(await storageOf(ALICE).read(PATH)).toBeNull()
  })

  it('gives back every byte as it was', async () => {
    const every = Uint8Array.from({ length: 256 }, (_, at) => at)
    await storageOf(ALICE).write(PATH, every)
    expect(await storageOf(ALICE).read(PATH)).toEqual(every)
  })

  it('shows Redis neither words nor time without end, and writes into the slot of the conversation', async () => {
    await storageOf(ALICE).write(PATH, bytes('the dentist at two'))
    const [key = '', ...others] = await redis.keys('*')
    expect(others).toEqual([])
    expect(key).toContain(`{${ALICE}}`)
    expect(await redis.get(key)).not.toMatch(/dentist/)
    expect(await redis.ttl(key)).toBeGreaterThan(50)
  })

  it('carries a suspended turn from one runner to another, in one key that says nothing', async () => {
    const vendor = await startVendorStub()
    vendor.answer(workingVendors('vendor-secret-token', NOW))
    const id = authorizationId('c')
    const access = accessThat({ 'google-calendar': { outcome: 'authorization-required', authorizationId: id } })
    const run = (question?: string) =>
      outcomeOf(runTurn({ url: vendor.url, access, storage: storageOf(ALICE), turnId: 'the-turn' as TurnId }, question))

    expect((await run('What is on my calendar today?')).end).toMatchObject({ type: 'interrupted' })
    const [key = '', ...others] = await redis.keys('*')
    expect(others).toEqual([])
    expect(await redis.get(key)).not.toMatch(/calendar|authorization/)
    access.answers['google-calendar'] = { outcome: 'token', accessToken: 'vendor-secret-token' }
    expect((await run()).text).toContain('Stand-up')
    await vendor.stop()
  })
})
