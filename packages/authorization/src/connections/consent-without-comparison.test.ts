import { startTestRedis, type TestRedis } from '@agent-identity/test-redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { connectionRecord } from '../test-support/connection.ts'
import { outside, PROVIDER, SCOPES, startReplica, UNNAMED, USER } from '../test-support/disconnecting.ts'
import { needsNewConsent } from './connection-state.ts'

const entry = { scopes: SCOPES, parameters: {} }
const forMore = { scopes: `${SCOPES} more`, parameters: {} }

let server: TestRedis
let one: Awaited<ReturnType<typeof startReplica>>
beforeAll(async () => {
  server = await startTestRedis()
  one = await startReplica(server, outside())
})
afterAll(() => server.stop())
beforeEach(async () => {
  await one.redis.flushall()
  await one.connections.connected(UNNAMED, { ...entry, generation: 0 }, { name: 'alice' })
})

const isRefused = async ({ scopes, parameters }: typeof entry) =>
  needsNewConsent(await one.find(), { scopes: scopes.split(' '), parameters })

test('once a consent has gone to the vendor, what the token vault has is used when its account was compared, and not without', async () => {
  expect(await isRefused(entry)).toBe(false)
  // The browser may start the consent again.
  for (const _start of [1, 2]) await one.connections.consentStarts(UNNAMED, entry)
  expect(await isRefused(entry)).toBe(true)
  expect(await one.find()).toMatchObject({ status: 'needs_reauthorization', account: 'alice', ended: [entry] })
  await one.connections.connected(UNNAMED, { ...entry, generation: 0 }, { name: 'alice' })
  expect(await isRefused(entry)).toBe(false)
  expect(await one.find()).toMatchObject({ status: 'connected', ended: [] })
})

test('a consent for more leaves what is connected as it is, and is not forgotten when that ends', async () => {
  await one.connections.consentStarts(UNNAMED, forMore)
  expect(await one.find()).toMatchObject({ status: 'connected' })
  expect([await isRefused(entry), await isRefused(forMore)]).toEqual([false, true])
  await one.disconnect()
  const { generation = 0 } = (await one.find()) ?? {}
  await one.connections.connected(UNNAMED, { ...entry, generation }, { name: 'alice' })
  expect([await isRefused(entry), await isRefused(forMore)]).toEqual([false, true])
})

describe('an account that its user accepts after another consent has gone to the vendor', () => {
  test.each([
    ['for the same entry needs a consent, and says so', entry, 'needs_reauthorization', true],
    ['for another one is used', forMore, 'connected', false],
  ])('%s', async (_which, started, status, needsConsent) => {
    await one.connections.doubt(UNNAMED)
    await one.connections.consentStarts(UNNAMED, started)
    expect(await one.connections.accept(UNNAMED, 'alice', 1)).toMatchObject({ status, account: 'alice' })
    expect(await one.find()).toMatchObject({ status, ended: [started] })
    expect([await isRefused(entry), await isRefused(started)]).toEqual([needsConsent, true])
    await one.connections.connected(UNNAMED, { ...entry, generation: 1 }, { name: 'alice' })
    expect([(await one.find())?.status, await isRefused(entry)]).toEqual(['connected', false])
  })

  test('needs a consent also when a late consent has changed what the token vault has', async () => {
    await one.connections.connected(UNNAMED, { ...entry, generation: 0 }, { name: 'bob' })
    await one.connections.keepForRevocation(UNNAMED, entry)
    expect(await one.connections.accept(UNNAMED, 'bob', 1)).toMatchObject({ status: 'needs_reauthorization' })
    expect(await isRefused(entry)).toBe(true)
  })

  test('needs a consent also when the vendor names it only then: that consent may be bound after the name was read', async () => {
    await one.connections.connected(UNNAMED, { ...entry, generation: 0 }, {})
    await one.connections.consentStarts(UNNAMED, entry)
    const named = await one.connections.name(UNNAMED, 'alice', 1)
    expect(named).toMatchObject({ status: 'needs_reauthorization', account: 'alice', ended: [entry] })
    expect(await isRefused(entry)).toBe(true)
  })
})

test('what else the token vault has, from before Redis lost the record, is used after another consent only', async () => {
  expect([await isRefused(entry), await isRefused(forMore)]).toEqual([false, true])
  await one.connections.connected(UNNAMED, { ...forMore, generation: 0 }, { name: 'alice' })
  expect([await isRefused(entry), await isRefused(forMore)]).toEqual([false, false])
  await one.disconnect()
  const { generation = 0 } = (await one.find()) ?? {}
  await one.connections.connected(UNNAMED, { ...entry, generation }, { name: 'alice' })
  expect([await isRefused(entry), await isRefused(forMore)]).toEqual([false, true])
  expect(await isRefused({ scopes: 'of-before', parameters: {} })).toBe(true)
})

test('there is nothing to refuse before the first connection, and nothing more once it has ended', async () => {
  const other = { user: USER, provider: PROVIDER, named: 'connection1' as never }
  await one.connections.consentStarts(other, entry)
  expect(await one.connections.find(other)).toBeUndefined()
  await one.disconnect()
  const before = await one.find()
  await one.connections.consentStarts(UNNAMED, forMore)
  expect(await one.find()).toEqual(before)
})

test('a consent that starts once the connection has ended, and is not compared, gives no token when another one connects', async () => {
  // As an earlier version has written it.
  const seen = await one.records.read(UNNAMED)
  const { onlyBound: _, ...earlier } = seen.value ?? connectionRecord({})
  await one.records.write(UNNAMED, seen, earlier, {})
  await one.disconnect()
  await one.connections.consentStarts(UNNAMED, forMore)
  const { generation = 0 } = (await one.find()) ?? {}
  await one.connections.connected(UNNAMED, { ...entry, generation }, { name: 'alice' })
  expect([await isRefused(entry), await isRefused(forMore)]).toEqual([false, true])
})
