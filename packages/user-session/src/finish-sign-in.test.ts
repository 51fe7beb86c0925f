import { consumedSignInKey, signInCookie, USER_SESSION_COOKIE } from '@agent-identity/contracts'
import { sha256, userRef } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createGate } from './test-support/gate.ts'
import { CALLBACK, changed, comeBack, expectRefusal, stateOf } from './test-support/sign-in-steps.ts'
import { startWorld, type World, whoIs } from './test-support/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(() => world.reset())
afterAll(() => world.stop())

describe('does not sign in', () => {
  test('a browser that did not begin the sign-in, with or without a sign-in of its own', async () => {
    const mallory = world.browser('mallory')
    const malloryReturns = await comeBack(mallory)
    const victim = world.browser('alice')
    expectRefusal(await victim.ask(malloryReturns.href))
    const victimReturns = await comeBack(victim)
    expectRefusal(await victim.ask(malloryReturns.href))

    expect(world.issuer.grants).toEqual([])
    expect(await world.userRecords()).toEqual([])
    expect(await whoIs(victim)).toBe(401)
    await victim.navigate(victimReturns.href)
    await mallory.navigate(malloryReturns.href)
    expect([await whoIs(victim), await whoIs(mallory)]).toEqual(['alice', 'mallory'])
  })

  test('twice with one answer of the issuer', async () => {
    const alice = world.browser()
    const returns = await comeBack(alice)
    const cookie = signInCookie(sha256(stateOf(returns)))
    const sealed = alice.cookies.get(cookie) ?? ''
    expect(sealed).not.toBe('')
    await alice.navigate(returns.href)
    const session = alice.cookies.get(USER_SESSION_COOKIE)
    expect(alice.cookies.has(cookie)).toBe(false)
    expectRefusal(await alice.ask(returns.href))
    // A browser can send it again, and a copy of it may be elsewhere.
    const copy = world.browser()
    for (const browser of [alice, copy]) {
      browser.cookies.set(cookie, sealed)
      expectRefusal(await browser.ask(returns.href))
      expectRefusal(await browser.ask(returns.href, { replica: 1 }))
    }
    expect(world.audit.slice(-4)).toEqual(
      Array.from({ length: 4 }, () => ({ event: 'sign_in_refused', requestId: 'a-request', reason: 'replayed' })),
    )
    expect(await whoIs(copy)).toBe(401)
    expect(await world.keys('consumed-sign-in:*')).toEqual([consumedSignInKey(sha256(stateOf(returns)))])
    expect(world.issuer.grants).toEqual(['authorization_code'])
    expect(alice.cookies.get(USER_SESSION_COOKIE)).toBe(session)
    expect(await whoIs(alice)).toBe('alice')
  })

  test('twice at the same instant on two replicas', async () => {
    for (let round = 0; round < 10; round++) {
      world.issuer.behave()
      const alice = world.browser()
      const { href } = await comeBack(alice)
      const answers = await Promise.all([0, 1, 0, 1].map((replica) => alice.ask(href, { replica })))
      expect(answers.map(({ status }) => status).toSorted()).toEqual([302, 400, 400, 400])
      expect(world.issuer.grants).toEqual(['authorization_code'])
      expect(await whoIs(alice)).toBe('alice')
    }
  })

  test('with a state that is missing, doubled, forged, cut short or another sign-in’s', async () => {
    const alice = world.browser()
    const returns = await comeBack(alice)
    const other = await comeBack(world.browser('mallory'))
    const answers = [
      changed(returns, (url) => url.delete('state')),
      changed(returns, (url) => url.append('state', stateOf(returns))),
      changed(returns, (url) => url.set('state', 'A'.repeat(43))),
      changed(returns, (url) => url.set('state', stateOf(returns).slice(0, -1))),
      changed(returns, (url) => url.set('state', stateOf(other))),
      `${CALLBACK}?state=`,
      CALLBACK,
    ]
    for (const url of answers) expectRefusal(await alice.ask(url))
    expect(world.issuer.grants).toEqual([])
    await alice.navigate(returns.href)
    expect(await whoIs(alice)).toBe('alice')
  })

  test('when the answer names another issuer, or none (mix-up, RFC 9207)', async () => {
    for (const change of [
      (url: URLSearchParams) => url.set('iss', 'https://evil.example'),
      (url: URLSearchParams) => url.append('iss', 'https://evil.example'),
      (url: URLSearchParams) => url.delete('iss'),
    ]) {
      const alice = world.browser()
      expectRefusal(await alice.ask(changed(await comeBack(alice), change)))
      expect(await whoIs(alice)).toBe(401)
    }
    expect(world.issuer.grants).toEqual([])
  })

  test('when the issuer refuses, and does not show the issuer’s text', async () => {
    const alice = world.browser()
    const returns = await comeBack(alice)
    const denied = changed(returns, (url) => {
      url.delete('code')
      url.set('error', 'access_denied')
      url.set('error_description', '<script>alert(1)</script>')
    })
    expectRefusal(await alice.ask(denied))
    expect(world.audit).toEqual([{ event: 'sign_in_refused', requestId: 'a-request', reason: 'refused-by-issuer' }])
    expect(world.everything()).not.toContain('<script>')
    await alice.navigate('/auth/sign-in')
    expect(await whoIs(alice)).toBe('alice')
  })

  test.each(['server_error', 'temporarily_unavailable'])('when the issuer is away and redirects: %s', async (error) => {
    const alice = world.browser()
    const returns = await comeBack(alice)
    const away = changed(returns, (url) => {
      url.delete('code')
      url.set('error', error)
    })
    expect(await alice.ask(away)).toMatchObject({ status: 503, setCookies: [], location: undefined })
    expect(world.audit).toEqual([{ event: 'sign_in_refused', requestId: 'a-request', reason: 'issuer-unavailable' }])
    expect(world.issuer.grants).toEqual([])
    await alice.navigate('/auth/sign-in')
    expect(await whoIs(alice)).toBe('alice')
  })

  test('when the answer is an error outside of any specification, and keeps its text out of the log', async () => {
    const alice = world.browser()
    const returns = await comeBack(alice)
    expectRefusal(await alice.ask(changed(returns, (url) => url.set('error', '<b>forged\nline</b>'))))
    expect(world.audit).toMatchObject([{ reason: 'issuer-answer-not-valid' }])
    expect(world.everything()).not.toContain('forged')
    expect(world.issuer.grants).toEqual([])
  })

  test('when Redis fails during the return, and sets no cookie of a session that does not exist', async () => {
    const { gate, reached, open } = createGate()
    const alice = world.browser()
    const { href } = await comeBack(alice)
    world.issuer.misbehaviour = { beforeTokenAnswer: gate }
    const inFlight = alice.ask(href)
    await reached()
    await world.redisServer.kill()
    open()
    try {
      expect(await inFlight).toMatchObject({ status: 503, setCookies: [] })
    } finally {
      await world.redisServer.start()
    }
    world.issuer.behave()
    await alice.navigate('/auth/sign-in')
    expect(await whoIs(alice)).toBe('alice')
  })

  test('while the session store is full, and can send the same answer again when it is not', async () => {
    const alice = world.browser()
    await world.redis.config('SET', 'maxmemory', '1')
    try {
      // The start writes nothing.
      const { href } = await comeBack(alice)
      expect(await alice.ask(href)).toMatchObject({ status: 503, setCookies: [], location: undefined })
      expect(world.issuer.grants).toEqual([])
      await world.redis.config('SET', 'maxmemory', '0')
      await alice.navigate(href)
      expect(await whoIs(alice)).toBe('alice')
    } finally {
      await world.redis.config('SET', 'maxmemory', '0')
    }
  })

  test('too late by the clock, although the browser still sends the cookie', async () => {
    const alice = world.browser()
    const [early, late] = [await comeBack(alice), await comeBack(alice)]
    world.advance(500)
    expect((await alice.ask(early.href)).status).toBe(302)
    world.advance(100)
    expect(alice.cookies.has(signInCookie(sha256(stateOf(late))))).toBe(true)
    expectRefusal(await alice.ask(late.href))
    expect(world.issuer.grants).toHaveLength(1)
  })

  test('with another browser’s cookie under the name of its own, or its own under the other’s name', async () => {
    const [alice, mallory] = [world.browser('alice'), world.browser('mallory')]
    const [returns, planted] = [await comeBack(alice), await comeBack(mallory)]
    const [own, other] = [returns, planted].map((url) => signInCookie(sha256(stateOf(url)))) as [string, string]
    const sealed = alice.cookies.get(own) ?? ''
    alice.cookies.set(own, mallory.cookies.get(other) ?? '')
    alice.cookies.set(other, sealed)
    expectRefusal(await alice.ask(returns.href))
    expectRefusal(await alice.ask(planted.href))
    expect(world.issuer.grants).toEqual([])
    expect(await world.keys('*')).toEqual([])
    alice.cookies.set(own, sealed)
    await alice.navigate(returns.href)
    expect(await whoIs(alice)).toBe('alice')
  })

  test('by any method but GET', async () => {
    const alice = world.browser()
    const { href } = await comeBack(alice)
    for (const method of ['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'])
      for (const url of [href, '/auth/sign-in'])
        expect(await alice.ask(url, { method })).toMatchObject({
          status: 405,
          headers: { allow: 'GET' },
          setCookies: [],
        })
    expect(world.issuer.grants).toEqual([])
    expect(await world.keys('*')).toEqual([])
    await alice.navigate(href)
    expect(await whoIs(alice)).toBe('alice')
  })

  test('partly: when the tokens cannot be stored, there is no user session either', async () => {
    const broken = await world.replica({ beforeTokens: () => Promise.reject(new Error('lost')) })
    const alice = world.browser('alice', [...world.replicas, broken])
    const { href } = await comeBack(alice)
    expect(await alice.ask(href, { replica: 2 })).toMatchObject({ status: 500, setCookies: [] })
    expect(await world.userRecords()).toEqual([])
    await alice.navigate('/auth/sign-in')
    expect(await whoIs(alice)).toBe('alice')
  })

  test('a user who was erased meanwhile, nor leaves a user session behind', async () => {
    const asked: [user: string, since: number][] = []
    let erased = true
    const replica = await world.replica({
      isErased: async (user, since) => {
        // The user session is there by now.
        asked.push([user, since])
        expect(await world.userRecords()).toHaveLength(2)
        return erased
      },
    })
    const alice = world.browser('alice', [replica])
    const startedAt = Date.now()
    const { href } = await comeBack(alice)
    expectRefusal(await alice.ask(href))
    expect(await world.userRecords()).toEqual([])
    expect(world.audit).toContainEqual(expect.objectContaining({ event: 'sign_in_refused', reason: 'erased' }))
    // `since` is the ID token's `iat`, in whole seconds, or when the code came back, whichever is earlier.
    const [[user, since] = ['', 0]] = asked
    expect(user).toBe(userRef({ issuer: world.issuer.url, subject: 'alice' }))
    expect(since).toBeLessThanOrEqual(Date.now())
    expect(since).toBeGreaterThan(startedAt - 1_001)
    erased = false
    await alice.navigate('/auth/sign-in')
    expect(await whoIs(alice)).toBe('alice')
  })

  test('a user who was erased meanwhile, nor leaves a refresh token at the issuer, or the work of the user session that this browser had', async () => {
    let erased = false
    const ended: string[] = []
    const revoked = Promise.withResolvers<void>()
    const replica = await world.replica({
      isErased: async () => erased,
      onSignOut: async (ref) => void ended.push(ref),
      onAudit: ({ event }) => void (event === 'refresh_token_revocation' && revoked.resolve()),
    })
    const alice = world.browser('alice', [replica])
    await alice.navigate('/auth/sign-in')
    const signedIn = world.audit.at(-1)
    const before = signedIn?.event === 'signed_in' ? signedIn.userSession : undefined
    expect(before).toBeDefined()
    erased = true
    expectRefusal(await alice.ask((await comeBack(alice)).href))
    await revoked.promise
    expect(ended).toEqual([before])
    expect(world.audit).toContainEqual(expect.objectContaining({ event: 'signed_out', userSession: before }))
    expect(world.audit.at(-1)).toMatchObject({ event: 'refresh_token_revocation', outcome: 'revoked' })
  })
})
