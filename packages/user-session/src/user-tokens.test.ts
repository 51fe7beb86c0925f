import { userSessionKey, userTokensKey, userTokensRefreshLockKey } from '@agent-identity/contracts'
import { userRef } from '@agent-identity/service-runtime'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createGate } from './test-support/gate.ts'
import { aLongerLife, SIGNED_OUT, signInAlone, tokenOf } from './test-support/tokens-of.ts'
import { ABSOLUTE_SECONDS, IDLE_SECONDS, startWorld, whoIs } from './test-support/world.ts'

const world = await startWorld()
let { alice, ref, tokens } = {} as Awaited<ReturnType<typeof signInAlone>>
beforeEach(async () => {
  ;({ alice, ref, tokens } = await signInAlone(world))
})
afterAll(() => world.stop())

describe('an access token', () => {
  test('is returned without a call to the issuer while it is valid for long enough, and refreshed otherwise', async () => {
    const first = await tokens.accessToken(0, { minimumSeconds: 3_000 })
    expect(world.issuer.grants).toEqual([])
    world.advance(900)
    const second = await tokens.accessToken(1, { minimumSeconds: 3_000 })
    expect(world.issuer.grants).toEqual(['refresh_token'])
    expect(tokenOf(second)).not.toBe(tokenOf(first))
    expect(await tokens.accessToken(0, { minimumSeconds: 3_000 })).toEqual(second)
    expect(world.issuer.grants).toHaveLength(1)
  })

  test('that is new but valid for less than requested is returned', async () => {
    world.issuer.accessTokenSeconds = 100
    // The user session stays in use.
    for (let passed = 0; passed < 3_000; passed += 750) {
      world.advance(750)
      expect(await whoIs(alice)).toBe('alice')
    }
    expect(await tokens.accessToken(0, { minimumSeconds: 660 })).toMatchObject({ outcome: 'token' })
    expect(world.issuer.grants).toHaveLength(1)
  })

  test('without a refresh token is returned until it expires, and then the user must sign in again', async () => {
    const { refreshToken: _, ...rest } = await tokens.opened()
    await world.replicas[0].tokens.save(ref, rest, IDLE_SECONDS)
    world.advance(3_500)
    expect(tokenOf(await tokens.accessToken())).toBe(rest.accessToken)
    world.advance(100)
    await world.redis.persist(userSessionKey(ref))
    expect(await tokens.accessToken()).toEqual(SIGNED_OUT)
    expect(world.issuer.grants).toEqual([])
  })
})

describe('a refresh', () => {
  beforeEach(() => world.advance(60))

  test('happens once for many callers in one process, which do not queue for the lock', async () => {
    await world.redis.config('RESETSTAT')
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => tokens.accessToken()))
    expect(new Set(outcomes.map(tokenOf)).size).toBe(1)
    expect(world.issuer.grants).toEqual(['refresh_token'])
    // One for the lock, one for the record.
    expect(await callsOf('set')).toBe(2)
  })

  test('happens once among replicas: the second waits for the first one’s result', async () => {
    const { gate, reached, open } = createGate()
    world.issuer.misbehaviour = { beforeTokenAnswer: gate }
    const first = tokens.accessToken(0)
    await reached()
    await world.redis.config('RESETSTAT')
    const second = tokens.accessToken(1)
    while ((await callsOf('set')) === 0) await new Promise(setImmediate)
    open()
    world.issuer.misbehaviour = {}
    expect(tokenOf(await second)).toBe(tokenOf(await first))
    expect(tokenOf(await first)).not.toBe('signed-out')
    expect(world.issuer.grants).toEqual(['refresh_token'])
    expect(await world.keys(userTokensRefreshLockKey(ref))).toEqual([])
  })

  test('does not use a refresh token that another replica used between reading and locking', async () => {
    const { gate, reached, open } = createGate()
    const slow = await world.redisServer.connect()
    const set = slow.set.bind(slow) as (...command: unknown[]) => Promise<unknown>
    slow.set = (async (...command: unknown[]) => {
      if (command[0] === userTokensRefreshLockKey(ref)) await gate()
      return set(...command)
    }) as typeof slow.set
    const late = (await world.replica({ redis: slow })).tokens.accessToken(ref, aLongerLife)
    await reached()
    const first = await tokens.accessToken()
    open()
    expect(await late).toEqual(first)
    expect(world.issuer.grants).toEqual(['refresh_token'])
    expect(await whoIs(alice)).toBe('alice')
  })

  test('uses the newest refresh token each time, as issuers with rotation require', async () => {
    const seen = new Set<string | undefined>()
    for (let round = 0; round < 3; round++) {
      seen.add((await tokens.opened()).refreshToken)
      expect((await tokens.accessToken(round % 2 === 0 ? 0 : 1)).outcome).toBe('token')
      world.advance(60)
    }
    expect(seen.size).toBe(3)
    expect(world.issuer.grants).toHaveLength(3)
  })

  test('keeps the refresh token and the ID token when the issuer sends none', async () => {
    const before = await tokens.opened()
    world.issuer.misbehaviour = { tokenBody: '{"access_token":"a-new-token","token_type":"Bearer","expires_in":3600}' }
    expect(tokenOf(await tokens.accessToken())).toBe('a-new-token')
    expect(await tokens.opened()).toMatchObject({ refreshToken: before.refreshToken, idToken: before.idToken })
  })

  test('does not extend the idle time: it is no activity of the user', async () => {
    await world.redis.expire(userTokensKey(ref), 200)
    expect((await tokens.accessToken()).outcome).toBe('token')
    expect(await world.redis.ttl(userTokensKey(ref))).toBeLessThanOrEqual(200)
  })

  test('that a sign-out overtakes writes nothing and returns no token', async () => {
    const { gate, reached, open } = createGate()
    world.issuer.misbehaviour = { beforeTokenAnswer: gate }
    const inFlight = tokens.accessToken()
    await reached()
    await alice.post('/auth/sign-out', { replica: 1 })
    open()
    expect(await inFlight).toEqual(SIGNED_OUT)
    expect(await world.userRecords()).toEqual([])
  })

  test('that outlasts the user session writes nothing, returns no token, and revokes the new refresh token, with its trail', async () => {
    const { gate, reached, open } = createGate()
    const before = await tokens.stored()
    world.issuer.misbehaviour = { beforeTokenAnswer: gate }
    const inFlight = tokens.accessToken()
    await reached()
    await world.redis.del(userSessionKey(ref))
    open()
    expect(await inFlight).toEqual(SIGNED_OUT)
    expect(await tokens.stored()).toBe(before)
    while (world.audit.at(-1)?.event !== 'refresh_token_revocation') await new Promise(setImmediate)
    expect(world.issuer.revoked).toHaveLength(1)
    const user = userRef({ issuer: world.issuer.url, subject: 'alice' })
    const actor = { requestId: expect.any(String), user, userSession: ref }
    expect(world.audit.slice(1)).toEqual([{ event: 'refresh_token_revocation', ...actor, outcome: 'revoked' }])
  })

  test('is not asked for after the absolute end of the user session, although its records are still there', async () => {
    world.advance(ABSOLUTE_SECONDS)
    expect(await world.userRecords()).toHaveLength(2)
    expect(await tokens.accessToken()).toEqual(SIGNED_OUT)
    expect(world.issuer.grants).toEqual([])
  })

  test('that ends after another replica has written returns and keeps that result', async () => {
    const { gate, reached, open } = createGate()
    world.issuer.misbehaviour = { beforeTokenAnswer: gate }
    const inFlight = tokens.accessToken(0)
    await reached()
    const newer = { ...(await tokens.opened()), accessToken: 'newer', accessTokenExpiresAt: Date.now() + 9_999_000 }
    await world.replicas[1].tokens.save(ref, newer, IDLE_SECONDS)
    open()
    expect(tokenOf(await inFlight)).toBe('newer')
    expect(await tokens.opened()).toEqual(newer)
  })

  test('continues when the replica with the lock has died', async () => {
    await world.redis.set(userTokensRefreshLockKey(ref), 'somebody who died', 'PX', 250)
    expect((await tokens.accessToken()).outcome).toBe('token')
    expect(world.issuer.grants).toEqual(['refresh_token'])
  })

  test('does not remove the lock of another holder', async () => {
    const { gate, reached, open } = createGate()
    world.issuer.misbehaviour = { beforeTokenAnswer: gate }
    const inFlight = tokens.accessToken()
    await reached()
    await world.redis.set(userTokensRefreshLockKey(ref), 'the next holder', 'PX', 60_000)
    open()
    await inFlight
    expect(await world.redis.get(userTokensRefreshLockKey(ref))).toBe('the next holder')
  })
})

test('while Redis is away a request for a token fails with an error', async () => {
  await world.redisServer.kill()
  try {
    await expect(tokens.accessToken()).rejects.toThrow()
  } finally {
    await world.redisServer.start()
  }
})

async function callsOf(command: string): Promise<number> {
  const stats = await world.redis.info('commandstats')
  return Number(stats.match(new RegExp(`cmdstat_${command}:calls=(\\d+)`))?.[1] ?? 0)
}
