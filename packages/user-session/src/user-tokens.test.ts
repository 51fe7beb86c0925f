import {
  type UserSessionRef,
  UserTokens,
  userSessionKey,
  userTokensKey,
  userTokensRefreshLockKey,
} from '@agent-identity/contracts'
import { createSealer } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { AccessTokenOutcome } from './index.ts'
import { createGate } from './test-support/gate.ts'
import { IDLE_SECONDS, keyRing, refOf, startWorld, type World, whoIs } from './test-support/world.ts'

let world: World
let alice: Awaited<ReturnType<World['signedIn']>>
let ref: UserSessionRef
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(async () => {
  await world.reset()
  alice = await world.signedIn()
  ref = await refOf(alice)
  world.issuer.grants.length = 0
})
afterAll(() => world.stop())

const SIGNED_OUT = { outcome: 'signed-out' }
const UNAVAILABLE = { outcome: 'unavailable' }
/** More than a token of this issuer has left, and less than a new one has after the clock was advanced. */
const aLongerLife = { minimumSeconds: 3_599 }
const accessToken = (replica: 0 | 1 = 0, need = aLongerLife) => world.replicas[replica].tokens.accessToken(ref, need)
const tokenOf = (outcome: AccessTokenOutcome) => (outcome.outcome === 'token' ? outcome.accessToken : outcome.outcome)
const stored = () => world.redis.get(userTokensKey(ref))
const opened = async () =>
  UserTokens.parse(
    JSON.parse(createSealer(keyRing('t1', 't1'), 'user tokens').open((await stored()) ?? '', userTokensKey(ref))),
  )
const refusal = { tokenStatus: 400, tokenBody: '{"error":"invalid_grant"}' }

describe('an access token', () => {
  test('is returned without a call to the issuer while it is valid for long enough, and refreshed otherwise', async () => {
    const first = await accessToken(0, { minimumSeconds: 3_590 })
    expect(world.issuer.grants).toEqual([])
    world.advance(60)
    const second = await accessToken(1, { minimumSeconds: 3_590 })
    expect(world.issuer.grants).toEqual(['refresh_token'])
    expect(tokenOf(second)).not.toBe(tokenOf(first))
    expect(await accessToken(0, { minimumSeconds: 3_590 })).toEqual(second)
    expect(world.issuer.grants).toHaveLength(1)
  })

  test('that is new but valid for less than requested is returned', async () => {
    world.issuer.accessTokenSeconds = 100
    world.advance(3_000)
    expect(await accessToken(0, { minimumSeconds: 660 })).toMatchObject({ outcome: 'token' })
    expect(world.issuer.grants).toHaveLength(1)
  })

  test('without a refresh token is returned until it expires, and then the user must sign in again', async () => {
    const { refreshToken: _, ...rest } = await opened()
    await world.replicas[0].tokens.save(ref, rest, IDLE_SECONDS)
    world.advance(3_500)
    expect(tokenOf(await accessToken())).toBe(rest.accessToken)
    world.advance(100)
    await world.redis.persist(userSessionKey(ref))
    expect(await accessToken()).toEqual(SIGNED_OUT)
    expect(world.issuer.grants).toEqual([])
  })
})

describe('a refresh', () => {
  beforeEach(() => world.advance(60))

  test('happens once for many callers in one process, which do not queue for the lock', async () => {
    await world.redis.config('RESETSTAT')
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => accessToken()))
    expect(new Set(outcomes.map(tokenOf)).size).toBe(1)
    expect(world.issuer.grants).toEqual(['refresh_token'])
    // The commands for the lock and the record.
    expect(await callsOf('set')).toBe(2)
  })

  test('happens once among replicas: the second waits for the first one’s result', async () => {
    const { gate, reached, open } = createGate()
    world.issuer.misbehaviour = { beforeTokenAnswer: gate }
    const first = accessToken(0)
    await reached()
    await world.redis.config('RESETSTAT')
    const second = accessToken(1)
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
    const first = await accessToken()
    open()
    expect(await late).toEqual(first)
    expect(world.issuer.grants).toEqual(['refresh_token'])
    expect(await whoIs(alice)).toBe('alice')
  })

  test('uses the newest refresh token each time, as issuers with rotation require', async () => {
    const seen = new Set<string | undefined>()
    for (let round = 0; round < 3; round++) {
      seen.add((await opened()).refreshToken)
      expect((await accessToken(round % 2 === 0 ? 0 : 1)).outcome).toBe('token')
      world.advance(60)
    }
    expect(seen.size).toBe(3)
    expect(world.issuer.grants).toHaveLength(3)
  })

  test('keeps the refresh token and the ID token when the issuer sends none', async () => {
    const before = await opened()
    world.issuer.misbehaviour = { tokenBody: '{"access_token":"a-new-token","token_type":"Bearer","expires_in":3600}' }
    expect(tokenOf(await accessToken())).toBe('a-new-token')
    expect(await opened()).toMatchObject({ refreshToken: before.refreshToken, idToken: before.idToken })
  })

  test('does not extend the idle time: it is no activity of the user', async () => {
    await world.redis.expire(userTokensKey(ref), 200)
    expect((await accessToken()).outcome).toBe('token')
    expect(await world.redis.ttl(userTokensKey(ref))).toBeLessThanOrEqual(200)
  })

  test('that a sign-out overtakes writes nothing and returns nothing', async () => {
    const { gate, reached, open } = createGate()
    world.issuer.misbehaviour = { beforeTokenAnswer: gate }
    const inFlight = accessToken()
    await reached()
    await alice.post('/auth/sign-out', { replica: 1 })
    open()
    expect(await inFlight).toEqual(SIGNED_OUT)
    expect(await world.keys('user-*')).toEqual([])
  })

  test('that outlasts the user session writes nothing and returns nothing', async () => {
    const { gate, reached, open } = createGate()
    const before = await stored()
    world.issuer.misbehaviour = { beforeTokenAnswer: gate }
    const inFlight = accessToken()
    await reached()
    await world.redis.del(userSessionKey(ref))
    open()
    expect(await inFlight).toEqual(SIGNED_OUT)
    expect(await stored()).toBe(before)
    // The new refresh token is not stored, and must be useless.
    expect(world.issuer.revocations).toBe(1)
  })

  test('that ends after another replica has written returns and keeps that result', async () => {
    const { gate, reached, open } = createGate()
    world.issuer.misbehaviour = { beforeTokenAnswer: gate }
    const inFlight = accessToken(0)
    await reached()
    const newer = { ...(await opened()), accessToken: 'newer', accessTokenExpiresAt: Date.now() + 9_999_000 }
    await world.replicas[1].tokens.save(ref, newer, IDLE_SECONDS)
    open()
    expect(tokenOf(await inFlight)).toBe('newer')
    expect(await opened()).toEqual(newer)
  })

  test('continues when the replica with the lock has died', async () => {
    await world.redis.set(userTokensRefreshLockKey(ref), 'somebody who died', 'PX', 250)
    expect((await accessToken()).outcome).toBe('token')
    expect(world.issuer.grants).toEqual(['refresh_token'])
  })

  test('does not remove the lock of another holder', async () => {
    const { gate, reached, open } = createGate()
    world.issuer.misbehaviour = { beforeTokenAnswer: gate }
    const inFlight = accessToken()
    await reached()
    await world.redis.set(userTokensRefreshLockKey(ref), 'the next holder', 'PX', 60_000)
    open()
    await inFlight
    expect(await world.redis.get(userTokensRefreshLockKey(ref))).toBe('the next holder')
  })
})

describe('an issuer that refuses to refresh', () => {
  beforeEach(() => world.advance(60))

  test('ends the user session everywhere when the grant is over', async () => {
    const subscriber = await world.redisServer.connect()
    const published: string[] = []
    subscriber.on('message', (_channel, message) => published.push(message))
    await subscriber.subscribe('user-session-ended')
    world.issuer.misbehaviour = refusal

    expect(await accessToken()).toEqual(SIGNED_OUT)
    expect(await world.keys('user-*')).toEqual([])
    await subscriber.ping()
    expect(published).toEqual([ref])
    expect(await whoIs(alice, 1)).toBe(401)
    world.issuer.behave()
    await alice.navigate('/auth/sign-in')
    expect(await whoIs(alice)).toBe('alice')
  })

  test('ends nothing when another replica has stored newer tokens', async () => {
    const { gate, reached, open } = createGate()
    world.issuer.misbehaviour = { ...refusal, beforeTokenAnswer: gate }
    const inFlight = accessToken()
    await reached()
    await world.replicas[1].tokens.save(ref, await opened(), IDLE_SECONDS)
    open()
    await inFlight
    expect(await whoIs(alice)).toBe('alice')
    expect(await world.keys('user-tokens:*')).toHaveLength(1)
  })

  test.each([
    ['is broken', { tokenStatus: 500, tokenBody: 'oh no' }],
    ['is busy', { tokenStatus: 429, tokenBody: '{"error":"slow_down"}' }],
    ['no longer knows our client', { tokenStatus: 401, tokenBody: '{"error":"invalid_client"}' }],
    ['sends an ID token that does not verify', { idToken: () => ({ signature: () => 'AAAA' }) }],
  ])('does not sign the user out when it %s', async (_what, misbehaviour) => {
    const before = await stored()
    world.issuer.misbehaviour = misbehaviour
    expect(await accessToken()).toEqual(UNAVAILABLE)
    expect(await stored()).toBe(before)
    expect(await whoIs(alice)).toBe('alice')
    expect(await world.keys(userTokensRefreshLockKey(ref))).toEqual([])
  })

  test('and sends another user’s tokens instead is refused', async () => {
    const swap = { idToken: () => ({ claims: { sub: 'mallory' } }) }
    const swapAudience = { idToken: () => ({ claims: { azp: 'another-app' } }) }
    for (const misbehaviour of [swap, swapAudience]) {
      world.issuer.misbehaviour = misbehaviour
      expect(await accessToken()).toEqual(SIGNED_OUT)
      expect(await world.keys('user-*')).toEqual([])
      expect(world.matching('another’s')).not.toEqual([])
      world.issuer.behave()
      alice = await world.signedIn()
      ref = await refOf(alice)
      world.advance(60)
    }
  })
})

test('while Redis is away a request for a token fails with an error', async () => {
  await world.redisServer.kill()
  try {
    await expect(accessToken()).rejects.toThrow()
    await expect(world.replicas[0].tokens.forSignOut(ref)).rejects.toThrow()
  } finally {
    await world.redisServer.start()
  }
})

async function callsOf(command: string): Promise<number> {
  const stats = await world.redis.info('commandstats')
  return Number(stats.match(new RegExp(`cmdstat_${command}:calls=(\\d+)`))?.[1] ?? 0)
}
