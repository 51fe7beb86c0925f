import { type AuthorizationId, connectionKey, type PendingAuthorization } from '@agent-identity/contracts'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { PROVIDER, SCOPES, UNNAMED, USER } from '../test-support/disconnecting.ts'
import { bound, startNamedAccounts } from '../test-support/named-accounts.ts'
import { createAccountByHint } from './account-by-hint.ts'

const { world, one, connected, use, reset, stop } = await startNamedAccounts()
beforeEach(reset)
afterAll(stop)

describe('an account that is connected elsewhere, too, at a vendor that ends it with any of its tokens', () => {
  const revoked: string[] = []
  const revoke = async (token: string) => {
    revoked.push(token)
    return 'revoked' as const
  }
  beforeEach(() => {
    revoked.length = 0
    world.vault.set(SCOPES, 'the-token')
    world.revoke = revoke
  })

  test('is not ended by disconnecting the connection that it came to in the place of another', async () => {
    const bob = await connected('bob')
    const { ref } = await connected('alice', 'bob')
    expect(await one.disconnect(ref)).toMatchObject({ status: 'disconnected', outcome: 'not_confirmed' })
    expect([revoked, await use(bob.ref)]).toEqual([[], 'called'])
    world.vault.set(SCOPES, 'the-token')
    await one.disconnect(bob.ref)
    expect(revoked).toEqual(['the-token'])
  })

  test('is not ended by what was left of a connection that its user ended before', async () => {
    await one.connections.connected(UNNAMED, bound(), { name: 'alice' })
    world.revoke = async () => 'unavailable'
    expect(await one.disconnect()).toMatchObject({ status: 'disconnecting' })
    const alice = await connected('alice')
    world.revoke = revoke
    await one.settle()
    expect([revoked, await use(alice.ref)]).toEqual([[], 'called'])
    expect(await one.find()).toMatchObject({ status: 'disconnected', outcome: 'not_confirmed' })
  })

  test('is revoked still when another account came in its place, and has more permissions by now', async () => {
    await one.connections.connected(UNNAMED, bound(), { name: 'alice' })
    world.revoke = async () => 'unavailable'
    await one.disconnect()
    const bob = { name: 'bob' }
    await one.connections.connected(UNNAMED, bound(undefined, 1), bob)
    await one.connections.accept(UNNAMED, 'bob', 2)
    await one.connections.connected(UNNAMED, { ...bound(undefined, 2), scopes: 'more' }, bob)
    world.revoke = revoke
    await one.settle()
    expect([revoked, await use(UNNAMED)]).toEqual([['the-token'], 'called'])
  })

  test('is not ended by a token of an account without a name that was left of another connection', async () => {
    await one.connections.connected(UNNAMED, bound(), { name: 'carol' })
    world.revoke = async () => 'unavailable'
    await one.disconnect()
    await one.endLate('late')
    const bob = await connected('bob')
    world.revoke = revoke
    await one.settle()
    expect([revoked, await use(bob.ref)]).toEqual([[], 'called'])
    expect(await one.find()).toMatchObject({ status: 'disconnected', outcome: 'not_confirmed' })
  })

  test('is not ended by such a token either when its user has accepted it in the place of another', async () => {
    await one.connections.connected(UNNAMED, bound(), { name: 'carol' })
    world.revoke = async () => 'unavailable'
    await one.disconnect()
    await one.endLate('late')
    await one.connections.connected(UNNAMED, bound(undefined, 1), { name: 'bob' })
    await one.connections.accept(UNNAMED, 'bob', 2)
    expect(await one.left()).toMatchObject({ accounts: ['carol'], hasUnnamed: true, tokens: [{}, { token: 'late' }] })
    world.revoke = revoke
    expect(await one.settle()).toBe('settled')
    expect([revoked, await use(UNNAMED)]).toEqual([[], 'called'])
  })

  test('when it was never used and is ended: consents that were asked for before are cancelled', async () => {
    const { ref } = await connected('alice', 'bob')
    const id = 'open' as AuthorizationId
    const record = { ...ref, status: 'pending', expiresAt: world.now + 1, generation: 1, scopes: SCOPES } as never
    world.open = [{ id, record }]
    await one.endUnused(ref)
    expect(one.ended).toContain(id)
  })
})

test('an account keeps its id while keys rotate, when it is asked for already or its record cannot be read', async () => {
  const keys = { t: 't'.repeat(43), n: 'n'.repeat(43) }
  const idOf = async (sealWith: 't' | 'n', asked?: string) => {
    const record = { provider: PROVIDER, named: asked, status: 'bound' } as PendingAuthorization
    const authorizations = { listOfUser: async () => (asked ? [{ record }] : []) }
    const ring = { connectionKeys: { sealWith, keys }, clock: () => world.now }
    const found = await createAccountByHint({ records: one.records, authorizations, ...ring })(USER, PROVIDER, 'alice')
    return found === 'too-many' ? found : found.ref.named
  }
  const [before = '', after] = [await idOf('t'), await idOf('n')]
  expect(after).not.toBe(before)
  expect(await idOf('n', before)).toBe(before)
  await one.redis.hset(connectionKey(USER, PROVIDER), { [before]: 'unreadable' })
  expect(await idOf('n')).toBe(before)
})
