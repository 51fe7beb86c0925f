import type { ConnectionId, ConnectionRef } from '@agent-identity/contracts'
import { afterAll, beforeEach, expect, test } from '@jest/globals'
import { needsNewConsent } from '../connections/connection-state.ts'
import { PROVIDER, SCOPES, UNNAMED, USER } from '../test-support/disconnecting.ts'
import { startTwoReplicas } from '../test-support/two-replicas.ts'
import { forgetDetails } from './forget-details.ts'

const { world, one, other, connected, reset, stop } = await startTwoReplicas()
beforeEach(reset)
afterAll(stop)

const atWork: ConnectionRef = { ...UNNAMED, named: 'connection1' as ConnectionId }
const parameters = { login_hint: 'alice@work.example' }
const forget = (endedAt = world.now) => forgetDetails(USER, PROVIDER, endedAt, one.records)

test('of an ended connection nothing is left that names an account, and what the vault has needs another consent', async () => {
  const bound = { scopes: SCOPES, parameters, generation: 0, hint: 'alice@work.example' }
  world.account = 'alice@work.example'
  await one.connections.connected(atWork, bound, { name: 'alice@work.example' })
  const before = await one.connections.find(atWork)
  await one.records.write(atWork, await one.records.read(atWork), ended(before), {})
  expect(await forget()).toBe('forgotten')

  const left = await one.connections.find(atWork)
  expect(left).toEqual({
    ...{ id: before?.id, status: 'disconnected', generation: 1, scopes: '', entries: [], onlyBound: true },
    ...{ ended: [{ scopes: SCOPES }], disconnectedAt: 5, outcome: 'revoked', tokenEndsAt: 6 },
  })
  expect(JSON.stringify(left)).not.toContain('alice')
  expect(needsNewConsent(left, { scopes: [SCOPES], parameters })).toBe(true)
})

const ended = (record: Awaited<ReturnType<typeof one.find>>) => {
  if (!record) throw new Error('It was not connected')
  const entry = { scopes: SCOPES, parameters }
  const how = { disconnectedAt: 5, outcome: 'revoked', tokenEndsAt: 6 } as const
  return { ...record, status: 'disconnected' as const, generation: 1, entries: [entry], ended: [entry], ...how }
}

test('while its token is being revoked the record stays whole; a default that was chosen since the erasure stays, also after it', async () => {
  await connected()
  await one.connections.connected(atWork, { scopes: SCOPES, parameters, generation: 0 }, { name: 'bob' })
  await one.records.writeDefault(USER, PROVIDER, 'connection1' as ConnectionId)
  world.revoke = async () => 'unavailable'
  await one.disconnect()
  expect(await forget()).toBe('later')
  expect(await one.find()).toMatchObject({ status: 'disconnecting', account: 'alice' })
  expect(await one.records.readDefault(USER, PROVIDER)).toBe('connection1')

  world.revoke = async () => 'revoked'
  await one.settle()
  expect(await forget()).toBe('forgotten')
  expect((await one.find())?.account).toBeUndefined()
  expect(await one.records.readDefault(USER, PROVIDER)).toBe('connection1')
})

test('a connection that its user has made since the erasure, and has ended, keeps its details, whatever is left to revoke of it', async () => {
  const endedAt = world.now
  world.now += 1
  await connected()
  world.revoke = async () => 'unavailable'
  await one.disconnect()
  const since = await one.find()
  expect(since).toMatchObject({ status: 'disconnecting', account: 'alice', connectedAt: world.now })
  expect(await forget(endedAt)).toBe('forgotten')
  world.revoke = async () => 'revoked'
  await one.settle()
  expect(await forget(endedAt)).toBe('forgotten')
  expect(await one.find()).toEqual({ ...since, status: 'disconnected', outcome: 'revoked', revocation: undefined })
})

test.each([
  ['and its token is revoked', 'revoked'],
  ['while the vendor is away', 'unavailable'],
] as const)(
  'a connection that had ended before is forgotten, also where the clock that wrote its time was ahead: %s',
  async (_when, answer) => {
    const endedAt = world.now
    world.now += 1
    await connected()
    world.revoke = async () => answer
    await one.disconnect()
    world.now = endedAt
    await one.disconnect({ isErased: true })
    world.revoke = async () => 'revoked'
    expect(await one.settle()).toBe('settled')
    expect(await forget(endedAt)).toBe('forgotten')
    const left = await one.find()
    expect(left).toMatchObject({ status: 'disconnected', outcome: 'revoked' })
    expect([left?.account, left?.connectedAt]).toEqual([undefined, undefined])
  },
)

test('an erasure reads the vault itself where another replica is reading it for a disconnection', async () => {
  await connected()
  const reading = Promise.withResolvers<void>()
  const read = Promise.withResolvers<void>()
  world.read = async () => {
    world.read = async () => undefined
    reading.resolve()
    await read.promise
    return undefined
  }
  const disconnecting = other.disconnect()
  await reading.promise
  expect(await one.disconnect({ isErased: true })).toMatchObject({ status: 'disconnected', outcome: 'revoked' })
  read.resolve()
  await disconnecting
  expect(await one.find()).toMatchObject({ status: 'disconnected', outcome: 'revoked' })
})

test('a consent that was connected while its user was being erased is forgotten: its time is later than the erasure’s', async () => {
  const endedAt = world.now
  world.now += 1
  world.isErased = true
  world.vault.set(SCOPES, 'late')
  expect((await one.connect('late', 0)).outcome).toBe('superseded')
  expect(await one.find()).toMatchObject({ status: 'disconnected', account: 'alice' })
  expect(await forget(endedAt)).toBe('forgotten')
  expect((await one.find())?.account).toBeUndefined()
})

test('what was connected again since, and what never was, stays as it is', async () => {
  expect(await forget()).toBe('forgotten')
  expect(await one.find()).toBeUndefined()
  await connected()
  const before = await one.find()
  expect(await forget()).toBe('forgotten')
  expect(await one.find()).toEqual(before)
})

test('a record that is gone when it is read is forgotten', async () => {
  await connected()
  const read = async () => ({ value: undefined, stored: '' })
  expect(await forgetDetails(USER, PROVIDER, world.now, { ...one.records, read })).toBe('forgotten')
})
