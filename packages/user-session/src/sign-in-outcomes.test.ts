import { signInCookie } from '@agent-identity/contracts'
import { sha256 } from '@agent-identity/service-runtime'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { CALLBACK, changed, comeBack, stateOf } from './test-support/sign-in-steps.ts'
import { refOf, startWorld, type World } from './test-support/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(() => world.reset())
afterAll(() => world.stop())

test('the cookie of a sign-in is bound to the host, not readable by scripts, and ends with the sign-in', async () => {
  const { setCookies, location } = await world.browser().ask('/auth/sign-in')
  const [cookie = '', ...others] = setCookies
  const [pair, ...attributes] = cookie.split('; ')
  expect([others, pair?.split('=')[0]]).toEqual([[], signInCookie(sha256(stateOf(new URL(location ?? ''))))])
  const expected = ['HttpOnly', 'Max-Age=600', 'Path=/', 'SameSite=Lax', 'Secure']
  expect(attributes.filter((one) => !one.startsWith('Expires=')).sort()).toEqual(expected)
})

test('each refused return is in the log and the trail with its reason, and the browser does not see it', async () => {
  const alice = world.browser()
  const returns = await comeBack(alice)
  const other = await comeBack(world.browser('mallory'))
  const reasons = []
  for (const url of [
    CALLBACK,
    changed(returns, (query) => query.append('state', stateOf(returns))),
    `${CALLBACK}?state=unknown`,
    other.href,
  ]) {
    expect(await alice.ask(url)).toMatchObject({ status: 400, body: 'Signing in did not work.' })
    const [event] = world.audit.splice(0)
    reasons.push(event)
  }
  const refused = (reason: string) => ({ event: 'sign_in_refused', requestId: 'a-request', reason })
  expect(reasons).toEqual(['no-state', 'no-state', 'unknown-state', 'unknown-state'].map(refused))
  for (const reason of ['no-state', 'unknown-state'])
    expect(world.matching(reason)[0]?.text).toContain("requestId: 'a-request'")
})

test('a sign-in cannot start or finish while the issuer is away, and leaves nothing behind', async () => {
  const late = await world.replica()
  const alice = world.browser('alice', [late])
  world.issuer.goOffline()
  try {
    expect(await alice.ask('/auth/sign-in')).toMatchObject({ status: 503, setCookies: [], location: undefined })
    expect(await world.keys('*')).toEqual([])
  } finally {
    world.issuer.goOnline()
  }
  world.advance(1)
  const { href } = await comeBack(alice)
  world.issuer.misbehaviour = { tokenStatus: 503, tokenBody: '' }
  expect(await alice.ask(href)).toMatchObject({ status: 503, setCookies: [], location: undefined })
  expect(await world.userRecords()).toEqual([])
  expect(world.audit).toMatchObject([{ event: 'sign_in_refused', reason: 'issuer-unavailable' }])
})

test('the access token of a sign-in is valid for as long as the issuer said', async () => {
  const startedAt = Date.now()
  const ref = await refOf(await world.signedIn())
  const token = await world.replicas[0].tokens.accessToken(ref, { minimumSeconds: 3_000 })
  const expiresAt = token.outcome === 'token' ? token.expiresAt : 0
  expect(expiresAt).toBeGreaterThanOrEqual(startedAt + 3_600_000)
  expect(expiresAt).toBeLessThanOrEqual(Date.now() + 3_600_000)
  expect(world.issuer.grants).toEqual(['authorization_code'])
})

test.each([
  ['a minute ago', -60],
  ['in some seconds, by its own clock', 20],
])('an ID token of %s: an erasure since then or since the return forbids the sign-in', async (_name, seconds) => {
  const sinces: number[] = []
  const replica = await world.replica({ isErased: async (_user, since) => sinces.push(since) === 0 })
  const iat = Math.floor(Date.now() / 1_000) + seconds
  world.issuer.misbehaviour = { idToken: () => ({ claims: { iat } }) }
  await world.signedIn('alice', [replica])
  expect(world.audit).toMatchObject([{ event: 'signed_in' }])
  const [since = 0] = sinces
  if (seconds < 0) expect(since).toBe(iat * 1_000)
  else expect(since).toBeLessThanOrEqual(Date.now())
})

test('the issuer can end user sessions only where that is switched on', async () => {
  const switchedOn = await world.replica({ issuerEndsSessions: true })
  const answers = await Promise.all(
    [world.replicas[0], switchedOn].map(({ url }) => fetch(`${url}/auth/back-channel-logout`, { method: 'POST' })),
  )
  // The test app answers other paths with 200.
  expect(answers.map(({ status }) => status)).toEqual([200, 400])
})

test('signing out is a POST of our own page', async () => {
  const alice = await world.signedIn()
  expect(await alice.ask('/auth/sign-out')).toMatchObject({ status: 405, headers: { allow: 'POST' } })
  expect((await alice.ask('/auth/sign-out', { method: 'POST' })).status).toBe(403)
  expect((await alice.post('/auth/sign-out')).status).toBe(303)
})
