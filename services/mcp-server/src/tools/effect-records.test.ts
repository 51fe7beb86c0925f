import {
  AUTHORIZATION_GRACE_SECONDS,
  CLIENT_AUTHORIZATION_TTL_SECONDS,
  type ConnectionId,
  MCP_RETRY_SECONDS,
  mcpEffectsKey,
  type UserRef,
} from '@agent-identity/contracts'
import { createSealer, randomToken } from '@agent-identity/service-runtime'
import { startTestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { effectsOfCall, keepBegun } from './effect-records.ts'

const effectSealer = createSealer({ sealWith: 'k', keys: { k: 'k'.repeat(43) } }, 'mcp effect')
const server = await startTestRedis()
const redis = await server.ready()
afterAll(() => server.stop())

let alice: UserRef
beforeEach(() => {
  alice = randomToken(16) as UserRef
})

const call = (name = 'c', user = alice) =>
  effectsOfCall({ redis, effectSealer }, user, name, 'connection1' as ConnectionId)

test('the same call has one name and one outcome; another call, and another user’s, has its own', async () => {
  const first = await call()
  expect(await first.records.intend('e', 1)).toBe('new')
  await first.records.recordOutcome('e', 'added')
  const second = await call()
  expect(second.name).toBe(first.name)
  expect(await second.records.intend('e', 1)).toEqual({ outcome: 'added' })
  expect([first.wasDone(), second.wasDone()]).toEqual([false, true])
  expect((await call('other')).name).not.toBe(first.name)
  expect((await call('c', randomToken(16) as UserRef)).name).not.toBe(first.name)
  expect(await redis.ttl(mcpEffectsKey(alice, 'c'))).toBeGreaterThan(0)
})

test('two equal calls that are sent at once make the change once, and one that broke off is not begun again', async () => {
  const both = await Promise.all([call(), call()])
  const begun = await Promise.all(both.map(({ records }) => records.intend('e', 1)))
  expect(begun.sort()).toEqual(['intended', 'new'])
  expect(await (await call()).records.intend('e', 1)).toBe('intended')
})

test('what the vendor refused may be tried again', async () => {
  const { records } = await call()
  await records.intend('e', 1)
  await records.withdraw('e')
  expect(await (await call()).records.intend('e', 1)).toBe('new')
})

test('two equal calls that try again what the vendor refused make it once', async () => {
  const { records } = await call()
  await records.intend('e', 1)
  await records.withdraw('e')
  const [one, other] = await Promise.all([call(), call()])
  // Both read the record before either writes it.
  const begun = await Promise.all([one.records.intend('e', 1), other.records.intend('e', 1)])
  expect(begun.sort()).toEqual(['intended', 'new'])
})

test('a late refusal takes back its own intent only', async () => {
  const late = await call()
  await late.records.intend('e', 1)
  await late.records.withdraw('e')
  expect(await (await call()).records.intend('e', 1)).toBe('new')
  await late.records.withdraw('e')
  expect(await (await call()).records.intend('e', 1)).toBe('intended')
})

test('what has to be confirmed first does not begin, and is not recorded', async () => {
  const { records } = await call()
  expect(await records.intend('e', 0)).toBe('beyond-limit')
  expect(await records.intend('e', 1)).toBe('new')
  expect(await records.intend('e', 0)).toBe('intended')
  await records.withdraw('e')
  expect(await records.intend('e', 0)).toBe('beyond-limit')
  await records.intend('e', 1)
  await records.recordOutcome('e', 'added')
  expect(await records.intend('e', 0)).toEqual({ outcome: 'added' })
})

test('the record’s time begins at the change, and an outcome is kept even when the record has gone', async () => {
  const first = await call()
  const key = mcpEffectsKey(alice, 'c')
  const left = () => redis.ttl(key)
  await redis.expire(key, 5)
  await first.records.intend('e', 1)
  expect(await left()).toBeGreaterThan(5)
  await redis.expire(key, 5)
  await first.records.recordOutcome('e', 'added')
  expect(await left()).toBeGreaterThan(5)
  await redis.del(key)
  await first.records.recordOutcome('e', 'added')
  const second = await call()
  expect(second.name).toBe(first.name)
  expect(await second.records.intend('e', 1)).toEqual({ outcome: 'added' })
  await redis.del(key)
  expect(await first.records.intend('e', 1)).toBe('new')
  expect((await call()).name).toBe(first.name)
})

describe('a change whose outcome is not known', () => {
  const left = () => redis.ttl(mcpEffectsKey(alice, 'c'))
  const begunAndKept = async () => {
    const { records } = await call()
    await records.intend('e', 1)
    await keepBegun({ redis, effectSealer }, alice, 'c')
    return records
  }

  test('is kept while a consent may be given, and a known outcome no longer than any other', async () => {
    const records = await begunAndKept()
    await call()
    expect(await left()).toBeGreaterThan(CLIENT_AUTHORIZATION_TTL_SECONDS + AUTHORIZATION_GRACE_SECONDS - 60)
    await records.recordOutcome('e', 'added')
    expect(await left()).toBeLessThanOrEqual(MCP_RETRY_SECONDS)
  })

  test('is kept no longer than any other once a call was told so, and telling it again adds nothing', async () => {
    await begunAndKept()
    expect(await (await call()).records.intend('e', 1)).toBe('intended')
    expect(await left()).toBeGreaterThan(0)
    expect(await left()).toBeLessThanOrEqual(MCP_RETRY_SECONDS)
    await redis.expire(mcpEffectsKey(alice, 'c'), MCP_RETRY_SECONDS / 2)
    expect(await (await call()).records.intend('e', 1)).toBe('intended')
    expect(await left()).toBeLessThanOrEqual(MCP_RETRY_SECONDS / 2)
  })
})

test('a record of another call, or another user, does not open here', async () => {
  const { records } = await call()
  await records.intend('e', 1)
  await records.recordOutcome('e', 'added')
  const bob = randomToken(16) as UserRef
  await redis.copy(mcpEffectsKey(alice, 'c'), mcpEffectsKey(alice, 'd'))
  await redis.copy(mcpEffectsKey(alice, 'c'), mcpEffectsKey(bob, 'c'))
  await expect(call('d')).rejects.toThrow('does not open')
  await expect(call('c', bob)).rejects.toThrow('does not open')
})

test('a call that begins no change is the same call for as long as any other', async () => {
  const first = await call()
  const left = await redis.ttl(mcpEffectsKey(alice, 'c'))
  expect(left).toBeGreaterThan(MCP_RETRY_SECONDS - 60)
  expect(left).toBeLessThanOrEqual(MCP_RETRY_SECONDS)
  await redis.expire(mcpEffectsKey(alice, 'c'), MCP_RETRY_SECONDS / 2)
  expect((await call()).name).toBe(first.name)
  expect(await redis.ttl(mcpEffectsKey(alice, 'c'))).toBeLessThanOrEqual(MCP_RETRY_SECONDS / 2)
})

test('a call whose record has gone takes the name of the same call that came after it', async () => {
  const late = await call()
  await redis.del(mcpEffectsKey(alice, 'c'))
  const next = await call()
  expect(next.name).not.toBe(late.name)
  await late.records.intend('e', 1)
  expect((await call()).name).toBe(next.name)
  await late.records.recordOutcome('e', 'added')
  expect((await call()).name).toBe(next.name)
})
