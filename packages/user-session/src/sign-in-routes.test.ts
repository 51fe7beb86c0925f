import { signInCookie, USER_SESSION_COOKIE } from '@agent-identity/contracts'
import { sha256 } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { keyRing } from './test-support/key-ring.ts'
import { CALLBACK, comeBack, expectRefusal, stateOf } from './test-support/sign-in-steps.ts'
import { tokensIn } from './test-support/tokens-of.ts'
import { PUBLIC_URL, refOf, startWorld, type World, whoIs } from './test-support/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(() => world.reset())
afterAll(() => world.stop())

test('redirects to the issuer with PKCE, state and nonce, and an address from configuration, not from headers', async () => {
  const alice = world.browser()
  const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'gopher' }
  const { status, location } = await alice.ask('/auth/sign-in', { headers })
  const sent = Object.fromEntries(new URL(location ?? '').searchParams)
  expect(status).toBe(302)
  expect(sent).toMatchObject({
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'openid profile email',
    code_challenge_method: 'S256',
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
  })
  const again = new URL((await alice.ask('/auth/sign-in')).location ?? '').searchParams
  for (const once of ['state', 'nonce', 'code_challenge']) expect(again.get(once)).not.toBe(sent[once])
})

test('returns to the configured address, although the request line names another host', async () => {
  const alice = world.browser()
  const { search } = await comeBack(alice, '/connections')
  const answer = await alice.askAbsolute(`http://evil.example/auth/callback${search}`)
  expect(answer).toMatchObject({ status: 302, location: `${PUBLIC_URL}/connections` })
})

test('goes on where the user wanted to go, and never to another origin', async () => {
  const alice = world.browser()
  for (const [returnTo, location] of [
    ['/connections?from=mail#top', `${PUBLIC_URL}/connections?from=mail#top`],
    ['//evil.example/', `${PUBLIC_URL}/`],
    ['/\\evil.example/', `${PUBLIC_URL}/`],
    ['/.//evil.example/', `${PUBLIC_URL}//evil.example/`],
  ] as const) {
    const { headers } = await alice.ask((await comeBack(alice, returnTo)).href)
    expect(headers.location).toBe(location)
  }
})

test('two tabs that sign in at the same time both come back signed in', async () => {
  const alice = world.browser()
  const first = await comeBack(alice, '/first')
  const second = await comeBack(alice, '/second')
  expect((await alice.navigate(second.href, { replica: 1 })).url).toBe(`${PUBLIC_URL}/second`)
  expect(await whoIs(alice)).toBe('alice')
  expect((await alice.navigate(first.href)).url).toBe(`${PUBLIC_URL}/first`)
  expect(await whoIs(alice)).toBe('alice')
  expect(await world.keys('user-session:*')).toHaveLength(1)
})

test('another site’s link to sign in does not end an existing user session', async () => {
  const alice = await world.signedIn()
  const before = await refOf(alice)
  for (const site of ['cross-site', 'same-site']) {
    const start = { headers: { 'sec-fetch-site': site } }
    const answer = await alice.ask('/auth/sign-in?return_to=/connections', start)
    expect(answer).toMatchObject({ status: 302, location: `${PUBLIC_URL}/connections`, setCookies: [] })
    const stranger = await world.browser().ask('/auth/sign-in', start)
    expect(stranger.location).toContain(world.issuer.url)
  }
  expect(await refOf(alice)).toBe(before)
  await alice.navigate('/auth/sign-in', { headers: { 'sec-fetch-site': 'same-origin' } })
  expect(await refOf(alice)).not.toBe(before)
})

test('a sign-in ends the user session that the browser had, with its tokens, everywhere', async () => {
  const ended: string[] = []
  const replica = await world.replica({ onSignOut: async (ref) => void ended.push(ref) })
  const browser = await world.signedIn('alice', [replica])
  const before = await refOf(browser)
  const subscriber = await world.redisServer.connect()
  const published: string[] = []
  subscriber.on('message', (_channel, ref) => published.push(ref))
  await subscriber.subscribe('user-session-ended')

  await browser.navigate('/auth/sign-in')
  const after = await refOf(browser)
  await subscriber.ping()
  expect(after).not.toBe(before)
  expect([published, ended]).toEqual([[before], [before]])
  expect(world.audit.map(({ event }) => event)).toEqual(['signed_in', 'signed_out', 'signed_in'])
  expect(world.audit[1]).toMatchObject({ userSession: before })
  expect((await world.userRecords()).toSorted()).toEqual([`user-session:{${after}}`, `user-tokens:{${after}}`])
})

test('the cookie and the tokens of a sign-in are sealed, and not logged', async () => {
  const alice = world.browser()
  const returns = await comeBack(alice, '/a-secret-place')
  const onTheWay = await world.dump()
  const cookie = alice.cookies.get(signInCookie(sha256(stateOf(returns))))
  expectRefusal(await world.browser().ask(returns.href))
  await alice.navigate(returns.href)
  const ref = await refOf(alice)
  const token = await world.replicas[0].tokens.accessToken(ref, { minimumSeconds: 1 })
  const secrets = [
    stateOf(returns),
    returns.searchParams.get('code'),
    cookie,
    alice.cookies.get(USER_SESSION_COOKIE),
    token.outcome === 'token' && token.accessToken,
    (await tokensIn(world, alice)).idToken,
    'a-secret-place',
  ]
  for (const secret of secrets) {
    expect(secret).toEqual(expect.any(String))
    for (const place of [onTheWay, await world.dump(), world.everything()]) expect(place).not.toContain(secret)
  }
  expect(onTheWay).toBe('')
  expect(cookie).toMatch(/^t1\.[\w-]+$/)
})

test('a sign-in in progress survives a rotation of the keys', async () => {
  const switched = await world.replica({ userTokensKeys: keyRing('t2', 't1', 't2') })
  const alice = world.browser('alice', [...world.replicas, switched])
  const { href } = await comeBack(alice)
  await alice.navigate(href, { replica: 2 })
  expect(await whoIs(alice)).toBe('alice')
})

test('each sign-in and refusal is audited once, without values', async () => {
  const alice = await world.signedIn()
  const ref = await refOf(alice)
  await alice.ask(`${CALLBACK}?state=unknown`)
  expect(world.audit).toEqual([
    { event: 'signed_in', requestId: 'a-request', user: expect.stringMatching(/^[\w-]{22}$/), userSession: ref },
    { event: 'sign_in_refused', requestId: 'a-request', reason: 'unknown-state' },
  ])
})
