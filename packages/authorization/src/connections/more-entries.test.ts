import type { PendingAuthorization } from '@agent-identity/contracts'
import { afterAll, beforeEach, expect, test } from '@jest/globals'
import { PROVIDER, UNNAMED } from '../test-support/disconnecting.ts'
import { AN_AUTHORIZATION, startTwoReplicas } from '../test-support/two-replicas.ts'
import { needsNewConsent } from './connection-state.ts'

const { world, one, reset, stop } = await startTwoReplicas()
beforeEach(reset)
afterAll(stop)

const scopeOf = (n: number) => `scope-${n}`
const bound = async (n: number, generation = 0) => {
  world.vault.set(scopeOf(n), `token-${n}`)
  const entry = { scopes: scopeOf(n), parameters: {}, generation }
  expect((await one.connections.connected(UNNAMED, entry, { name: 'alice' })).outcome).toBe('connected')
}
const boundAll = async (count: number) => {
  for (let n = 0; n < count; n++) await bound(n)
}
const needsConsent = async () => needsNewConsent(await one.find(), { scopes: [scopeOf(0)], parameters: {} })

test('twenty entries of the vault are read and revoked', async () => {
  await boundAll(20)
  expect(await one.disconnect()).toMatchObject({ status: 'disconnected', outcome: 'revoked' })
})

test('with twenty-one the token of the oldest is not read: the outcome says so, and it is not used again without a consent', async () => {
  await boundAll(21)
  expect(await needsConsent()).toBe(true)
  expect(await one.disconnect()).toMatchObject({ status: 'disconnected', outcome: 'not_revoked' })
  expect(world.vault).toEqual(new Map([[scopeOf(0), 'token-0']]))
  await bound(20, 1)
  expect(await needsConsent()).toBe(true)
})

test('a consent that is open while twenty are bound may bind another one: the outcome says that one was not read', async () => {
  await boundAll(20)
  const record = { status: 'pending', generation: 0, scopes: 'more', provider: PROVIDER, expiresAt: world.now + 1 }
  world.open = [{ id: AN_AUTHORIZATION, record: record as PendingAuthorization }]
  expect(await one.disconnect()).toMatchObject({ outcome: 'not_revoked', onlyBound: true })
  await bound(20, 1)
  expect(await needsConsent()).toBe(true)
})

test('what was kept for revocation only counts, too', async () => {
  await boundAll(20)
  await one.connections.keepForRevocation(UNNAMED, { scopes: 'late', parameters: {} })
  expect(await one.find()).toMatchObject({ hasMoreEntries: true })
  expect(await one.disconnect()).toMatchObject({ outcome: 'not_revoked' })
})
