import { ConnectionRecord, connectionKey, revocationKey } from '@agent-identity/contracts'
import { afterAll, beforeEach, expect, test } from '@jest/globals'
import { needsNewConsent } from '../connections/connection-state.ts'
import { PROVIDER, SCOPES, UNNAMED, USER } from '../test-support/disconnecting.ts'
import { startTwoReplicas } from '../test-support/two-replicas.ts'
import { isBareLatch, latchAbsent } from './latch-absent.ts'

const { world, one, other, connected, reset, stop } = await startTwoReplicas()
beforeEach(reset)
afterAll(stop)

test('a consent that was connected while its user was being erased is ended, and what else the vault has is used after another consent only', async () => {
  world.isErased = true
  world.vault.set(SCOPES, 'late')
  expect((await one.connect('late', 0)).outcome).toBe('superseded')
  const latch = await one.find()
  expect(latch).toMatchObject({ status: 'disconnected', outcome: 'revoked', onlyBound: true })
  world.isErased = false
  world.vault.set(SCOPES, 'of the next consent')
  expect((await one.connect('of the next consent', latch?.generation ?? 0)).outcome).toBe('connected')
  const found = await one.find()
  expect(needsNewConsent(found, { scopes: [SCOPES], parameters: {} })).toBe(false)
  expect(needsNewConsent(found, { scopes: ['of-before', SCOPES], parameters: {} })).toBe(true)
})

test('a connection without a record is latched for an erased user: no earlier consent connects, and no earlier token is used', async () => {
  await latchAbsent(USER, PROVIDER, one.records)
  const latch = await one.find()
  expect(latch).toMatchObject({ status: 'disconnected', onlyBound: true })
  expect(needsNewConsent(latch, { scopes: [SCOPES], parameters: {} })).toBe(true)
  expect((await other.connect('of before', 0)).outcome).toBe('superseded')
  await connected()
  await latchAbsent(USER, PROVIDER, one.records)
  expect((await one.find())?.status).toBe('connected')
})

test('what is left to revoke of a connection whose record is lost is deleted, and the trail says that it was not revoked', async () => {
  await connected()
  world.revoke = async () => 'unavailable'
  await one.disconnect()
  expect(await one.redis.exists(revocationKey(UNNAMED))).toBe(1)
  await one.redis.del(connectionKey(USER, PROVIDER))
  one.said.length = 0
  await latchAbsent(USER, PROVIDER, one.records)
  expect(await one.redis.exists(revocationKey(UNNAMED))).toBe(0)
  expect(one.said).toMatchObject([{ event: 'disconnected', outcome: 'not_revoked' }])
})

test.each([
  ['the latch itself', {}, true],
  ['a connection that is used', { status: 'connected' }, false],
  ['one that was ended without the condition of a latch', { onlyBound: undefined }, false],
  ['one that its user has ended', { disconnectedAt: 1 }, false],
] as const)('nothing is shown of an erased user’s latch: %s (%j): %s', (_which, differs, isBare) => {
  const latch = { id: 'a'.repeat(11), status: 'disconnected', scopes: '', generation: 1, onlyBound: true, ...differs }
  expect(isBareLatch(ConnectionRecord.parse(latch))).toBe(isBare)
})
