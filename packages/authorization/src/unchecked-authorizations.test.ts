import type { ConnectionId, UserRef, UserSessionRef } from '@agent-identity/contracts'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { AskedFor } from './asked-for.ts'
import { asking, startPendingAuthorizations } from './test-support/pending-authorizations.ts'

const { redis, authorizations, bindings, signedIn, created, recordOf, now, stop } = await startPendingAuthorizations()
afterAll(stop)

describe('an authorization that was bound, and whose account was not compared yet,', () => {
  async function bound(ref: UserSessionRef, scopes?: string[]) {
    const id = await created(ref, scopes)
    await bindings.change(id, await recordOf(id), { status: 'binding', bindingEndsAt: now() + 1 })
    await bindings.change(id, await recordOf(id), { status: 'bound' })
    return id
  }
  beforeEach(() => redis.flushall())

  test('is found in any session of its user, from the binding on, until it is settled', async () => {
    const [ref, other] = [await signedIn(), await signedIn()]
    const id = await created(ref)
    const find = () => authorizations.findUnchecked(asking(other))
    expect(await find()).toBeUndefined()
    await bindings.change(id, await recordOf(id), { status: 'binding', bindingEndsAt: now() + 1 })
    expect(await find()).toBe(id)
    await bindings.change(id, await recordOf(id), { status: 'bound' })
    expect(await find()).toBe(id)
    await authorizations.release(id, await recordOf(id))
    expect(await find()).toBeUndefined()
  })

  test.each([
    ['other scopes', { scopes: ['gist'] }],
    ['other parameters', { parameters: { login: 'bob' } }],
    ['another account', { named: 'idOfHome_02' as ConnectionId }],
    ['another provider', { provider: 'gitlab' }],
    ['another user', { user: 'b'.repeat(22) as UserRef }],
  ] as const)('is nothing to %s', async (_what, other) => {
    const ref = await signedIn()
    const id = await bound(ref)
    expect(await authorizations.findUnchecked({ ...asking(ref), ...other } as AskedFor)).toBeUndefined()
    expect(await authorizations.findUnchecked(asking(ref))).toBe(id)
  })

  test('is found by all of its scopes', async () => {
    const ref = await signedIn()
    const id = await bound(ref, ['gist', 'repo'])
    expect(await authorizations.findUnchecked(asking(ref, ['gist', 'repo']))).toBe(id)
    expect(await authorizations.findUnchecked(asking(ref, ['gistrepo']))).toBeUndefined()
  })
})
