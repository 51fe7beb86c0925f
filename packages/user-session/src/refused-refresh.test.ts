import { userTokensRefreshLockKey } from '@agent-identity/contracts'
import { userRef } from '@agent-identity/service-runtime'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { CurrentUserSession } from './current-user-session.ts'
import { endedByRefusal } from './sign-out.ts'
import { createGate } from './test-support/gate.ts'
import { createRecordedLog } from './test-support/recorded-log.ts'
import { aLongerLife, SIGNED_OUT, signInAlone, tokensOf, UNAVAILABLE } from './test-support/tokens-of.ts'
import { IDLE_SECONDS, refOf, startWorld, whoIs } from './test-support/world.ts'

const world = await startWorld()
let { alice, ref, tokens } = {} as Awaited<ReturnType<typeof signInAlone>>
beforeEach(async () => {
  ;({ alice, ref, tokens } = await signInAlone(world))
})
afterAll(() => world.stop())

const refusal = { tokenStatus: 400, tokenBody: '{"error":"invalid_grant"}' }

describe('an issuer that refuses to refresh', () => {
  beforeEach(() => world.advance(60))

  test('ends the user session everywhere when the grant is over', async () => {
    const subscriber = await world.redisServer.connect()
    const published: string[] = []
    subscriber.on('message', (_channel, message) => published.push(message))
    await subscriber.subscribe('user-session-ended')
    world.issuer.misbehaviour = refusal

    const user = userRef({ issuer: world.issuer.url, subject: 'alice' })
    expect(await tokens.accessToken()).toEqual(SIGNED_OUT)
    expect(await world.userRecords()).toEqual([])
    await subscriber.ping()
    expect(new Set(published)).toEqual(new Set([ref]))
    expect(await world.keys('user-sessions-of-*')).toEqual([])
    expect(world.audit.filter(({ event }) => event !== 'signed_in')).toEqual([
      { event: 'signed_out_by_issuer', requestId: expect.any(String), user, userSession: ref },
    ])
    expect(await whoIs(alice, 1)).toBe(401)
    world.issuer.behave()
    await alice.navigate('/auth/sign-in')
    expect(await whoIs(alice)).toBe('alice')
  })

  test('removes what was kept for the user session, as signing out does', async () => {
    const ended: string[] = []
    const { tokens: elsewhere } = await world.replica({ onSignOut: async (one) => void ended.push(one) })
    world.issuer.misbehaviour = refusal
    expect(await elsewhere.accessToken(ref, aLongerLife)).toEqual(SIGNED_OUT)
    expect(ended).toEqual([ref])
    expect(await elsewhere.accessToken(ref, aLongerLife)).toEqual(SIGNED_OUT)
    expect(ended).toEqual([ref])
  })

  test('removes what was kept for the user session when it cannot be taken off the lists of its user', async () => {
    const ended: string[] = []
    const { log, matching } = createRecordedLog()
    const refused = endedByRefusal({
      sessions: { endFound: async () => Promise.reject(new Error('Redis is down')) },
      onSignOut: async (one) => void ended.push(one),
      audit: () => undefined,
      log,
    })
    await refused({ ref, userRef: userRef({ issuer: world.issuer.url, subject: 'alice' }) } as CurrentUserSession)
    expect(ended).toEqual([ref])
    expect(matching('Redis is down')).toHaveLength(1)
  })

  test('ends nothing when another replica has stored newer tokens', async () => {
    const { gate, reached, open } = createGate()
    world.issuer.misbehaviour = { ...refusal, beforeTokenAnswer: gate }
    const inFlight = tokens.accessToken()
    await reached()
    await world.replicas[1].tokens.save(ref, await tokens.opened(), IDLE_SECONDS)
    open()
    await inFlight
    expect(await whoIs(alice)).toBe('alice')
    expect(await world.keys('user-tokens:*')).toHaveLength(1)
    expect(world.audit.filter(({ event }) => event === 'signed_out_by_issuer')).toEqual([])
  })

  test.each([
    ['is broken', { tokenStatus: 500, tokenBody: 'oh no' }],
    ['is busy', { tokenStatus: 429, tokenBody: '{"error":"slow_down"}' }],
    ['no longer knows our client', { tokenStatus: 401, tokenBody: '{"error":"invalid_client"}' }],
    ['sends an ID token that does not verify', { idToken: () => ({ signature: () => 'AAAA' }) }],
  ])('does not sign the user out when it %s', async (_what, misbehaviour) => {
    const before = await tokens.stored()
    world.issuer.misbehaviour = misbehaviour
    expect(await tokens.accessToken()).toEqual(UNAVAILABLE)
    expect(await tokens.stored()).toBe(before)
    expect(await whoIs(alice)).toBe('alice')
    expect(await world.keys(userTokensRefreshLockKey(ref))).toEqual([])
  })

  test('ends the user session when it sends the tokens of another user or another app instead', async () => {
    const swap = { idToken: () => ({ claims: { sub: 'mallory' } }) }
    const swapAudience = { idToken: () => ({ claims: { azp: 'another-app' } }) }
    for (const misbehaviour of [swap, swapAudience]) {
      world.issuer.misbehaviour = misbehaviour
      expect(await tokens.accessToken()).toEqual(SIGNED_OUT)
      expect(await world.userRecords()).toEqual([])
      expect(world.matching('another app’s')).not.toEqual([])
      world.issuer.behave()
      alice = await world.signedIn()
      ref = await refOf(alice)
      tokens = tokensOf(world, ref)
      world.advance(60)
    }
  })
})
