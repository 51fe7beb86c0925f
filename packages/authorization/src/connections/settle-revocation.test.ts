import { type PendingAuthorization, revocationKey } from '@agent-identity/contracts'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { PROVIDER, SCOPES, UNNAMED } from '../test-support/disconnecting.ts'
import { AN_AUTHORIZATION, startTwoReplicas } from '../test-support/two-replicas.ts'
import { AGENTCORE_ASKED_FOR_MS, REFUSED_FOR_MS } from './revocation-steps.ts'

const { world, one, other, connected, reset, stop } = await startTwoReplicas()
beforeEach(reset)
afterAll(stop)

describe('with the vendor away', () => {
  test('another replica asks again until it answers', async () => {
    await connected()
    world.revoke = async () => 'unavailable'
    await one.disconnect()
    expect(await other.settle()).toEqual({ later: world.now + 1_000 })
    world.now += 60_000
    expect(await other.settle()).toEqual({ later: world.now + 15_000 })
    world.revoke = async () => 'revoked'
    expect(await other.settle()).toBe('settled')
    expect(await one.find()).toMatchObject({ status: 'disconnected', outcome: 'revoked' })
  })

  test('it is not asked any more when the token’s time is over, and the record says when that was', async () => {
    await connected()
    world.revoke = async () => 'unavailable'
    await one.disconnect()
    const tokenEndsAt = world.now + 3_600_000
    world.now = tokenEndsAt
    expect(await other.settle()).toBe('settled')
    expect(await one.find()).toMatchObject({ status: 'disconnected', outcome: 'not_confirmed', tokenEndsAt })
    expect(await one.left()).toBeUndefined()
  })

  test('a replica that dies while it asks is replaced when its claim is over', async () => {
    await connected()
    const asked = Promise.withResolvers<void>()
    world.revoke = () => {
      asked.resolve()
      return new Promise(() => undefined)
    }
    one.disconnect().catch(() => undefined)
    await asked.promise
    const again = await other.settle()
    expect(again).toEqual({ later: expect.any(Number) })
    world.now = (again as { later: number }).later
    world.revoke = async () => 'revoked'
    expect(await other.settle()).toBe('settled')
    expect(await one.find()).toMatchObject({ status: 'disconnected', outcome: 'revoked' })
  })
})

test.each([
  [REFUSED_FOR_MS - 1, 'disconnecting', undefined],
  [REFUSED_FOR_MS, 'disconnected', 'not_confirmed'],
] as const)('a vendor that goes on saying no to a token for %i ms: %s', async (ms, status, outcome) => {
  await connected()
  world.revoke = async () => 'refused'
  await one.disconnect()
  for (let times = 0; times < 20; times++) await other.settle()
  world.now += ms
  await other.settle()
  expect(await one.find()).toMatchObject({ status, ...(outcome && { outcome }) })
})

test('for how long the vendor has refused is counted for each token, from the beginning when it is away in between', async () => {
  await connected()
  world.revoke = async () => 'refused'
  await one.disconnect()
  world.now += REFUSED_FOR_MS - 1
  world.vault.set(SCOPES, 'second')
  await other.endLate('second')
  await other.settle()
  world.now += 1
  await other.settle()
  expect(await one.left()).toMatchObject({ notConfirmed: 1, tokens: [{ token: 'second' }] })
  world.revoke = async () => 'unavailable'
  world.now += REFUSED_FOR_MS
  await other.settle()
  world.revoke = async () => 'refused'
  await other.settle()
  expect((await one.left())?.tokens).toHaveLength(1)
})

test.each([
  ['to forget', 1, 'revoked'],
  ['for the token', 0, 'not_revoked'],
] as const)(
  'AgentCore that goes on saying no is asked %s for a day, and no longer',
  async (_what, answered, outcome) => {
    await connected()
    let calls = 0
    world.read = async () => (calls++ < answered ? undefined : 'unavailable')
    expect(await one.disconnect()).toMatchObject({ status: 'disconnecting' })
    world.now += AGENTCORE_ASKED_FOR_MS - 1
    expect(await other.settle()).not.toBe('settled')
    world.now += 1_000_000
    expect(await other.settle()).toBe('settled')
    expect(await one.find()).toMatchObject({ status: 'disconnected', outcome })
  },
)

describe('a disconnection is not over while something is left,', () => {
  /** AgentCore returns the token of `SCOPES` once, and answers nothing else. */
  const notForgotten = () => {
    let calls = 0
    return async (scopes: string) => (scopes === SCOPES && calls++ < 1 ? undefined : ('unavailable' as const))
  }

  test('also when as much is left to read as to forget', async () => {
    await connected()
    await one.connections.connected(UNNAMED, { scopes: 'more', parameters: {}, generation: 0 }, { name: 'alice' })
    world.read = notForgotten()
    expect(await one.disconnect()).toMatchObject({ status: 'disconnecting' })
    expect(await one.left()).toMatchObject({ toRead: [{ scopes: 'more' }], toForget: [{ scopes: SCOPES }], tokens: [] })
  })

  test('also when as many tokens are left as entries to forget', async () => {
    await connected()
    world.read = notForgotten()
    world.revoke = async () => 'unavailable'
    expect(await one.disconnect()).toMatchObject({ status: 'disconnecting' })
    expect(await one.left()).toMatchObject({ toRead: [], toForget: [{ scopes: SCOPES }], tokens: [{ token: 'first' }] })
  })
})

test('AgentCore away: the latch holds, and the token is read and revoked when it is back', async () => {
  await connected()
  world.read = async () => 'unavailable'
  expect(await one.disconnect()).toMatchObject({ status: 'disconnecting' })
  world.read = async () => undefined
  expect(await other.settle()).toBe('settled')
  expect(await one.find()).toMatchObject({ outcome: 'revoked' })
})

describe('a token that the vault had, and has lost before it was read for its revocation', () => {
  test('is not said to be nothing: it may be alive at the vendor', async () => {
    await connected()
    world.read = async () => 'unavailable'
    await one.disconnect()
    world.vault.clear()
    world.read = async () => undefined
    expect(await other.settle()).toBe('settled')
    expect(await one.find()).toMatchObject({ status: 'disconnected', outcome: 'not_revoked' })
  })

  test('is not said to be nothing either when its user started over, went to the vendor, and did not consent', async () => {
    await connected()
    world.vault.clear()
    await one.connections.consentStarts(UNNAMED, { scopes: SCOPES, parameters: {} })
    expect(await one.disconnect()).toMatchObject({ status: 'disconnected', outcome: 'not_revoked' })
  })

  test('is still revoked when its consent was asked for before the latch and bound after it: the token was read to be connected', async () => {
    await connected()
    await one.disconnect()
    const revoked: string[] = []
    world.revoke = async (token) => {
      revoked.push(token)
      return 'revoked'
    }
    expect((await other.connect('late', 0)).outcome).toBe('superseded')
    expect(await one.settle()).toBe('settled')
    expect([revoked, await one.find()]).toMatchObject([['late'], { status: 'disconnected', outcome: 'revoked' }])
  })

  test('is revoked when it was read in time: the vendor is asked, and answers', async () => {
    await connected()
    world.revoke = async () => 'unavailable'
    await one.disconnect()
    world.open = [waiting(1)]
    world.vault.clear()
    world.revoke = async () => 'revoked'
    expect(await other.disconnect()).toMatchObject({ status: 'disconnected', generation: 2, outcome: 'revoked' })
  })

  test('is none where the consent was never given: there is nothing to revoke', async () => {
    world.open = [waiting(0)]
    expect(await one.disconnect()).toMatchObject({ status: 'disconnected', outcome: 'nothing_to_revoke' })
  })

  const waiting = (generation: number) => {
    const record = { status: 'pending', generation, scopes: SCOPES, provider: PROVIDER, expiresAt: world.now + 1 }
    return { id: AN_AUTHORIZATION, record: record as PendingAuthorization }
  }
})

describe('an earlier revocation that somebody has put back into Redis', () => {
  const copied = async () => {
    await connected()
    world.revoke = async () => 'unavailable'
    await one.disconnect()
    const copy = await one.redis.get(revocationKey(UNNAMED))
    const asked: string[] = []
    world.revoke = async (token) => {
      asked.push(token)
      return 'revoked'
    }
    return { copy: copy ?? '', asked }
  }

  test('does not touch what its user has connected since, and is deleted', async () => {
    const { copy, asked } = await copied()
    world.vault.set(SCOPES, 'new')
    expect((await one.connect('new', 1)).outcome).toBe('connected')
    await one.redis.set(revocationKey(UNNAMED), copy)
    expect(await one.left()).toBeUndefined()
    expect(await other.settle()).toBe('settled')
    expect([asked, world.vault.get(SCOPES), await one.redis.exists(revocationKey(UNNAMED))]).toEqual([[], 'new', 0])
    expect(await one.find()).toMatchObject({ status: 'connected' })
  })

  test('in the place of a later one counts as lost: its user is not told that the token has ended', async () => {
    const { copy, asked } = await copied()
    world.now += 60_000
    world.read = async () => 'unavailable'
    await one.endLate('late')
    await one.redis.set(revocationKey(UNNAMED), copy)
    expect(await other.settle()).toBe('settled')
    expect([asked, await one.find()]).toMatchObject([[], { status: 'disconnected', outcome: 'not_revoked' }])
  })
})

test('where the provider is not offered another replica may read the vault, for a day; then it is not revoked', async () => {
  await connected()
  world.isOffered = false
  expect(await one.disconnect()).toMatchObject({ status: 'disconnecting' })
  world.now += AGENTCORE_ASKED_FOR_MS - 1
  expect(await other.settle()).toEqual({ later: world.now + 30_000 })
  world.now += 1
  expect(await other.settle()).toBe('settled')
  expect(await one.find()).toMatchObject({ status: 'disconnected', outcome: 'not_revoked' })
  expect(await one.left()).toBeUndefined()
})
