import { BROWSER_BINDING_COOKIE, USER_SESSION_COOKIE } from '@agent-identity/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Browser } from './test-support/browser.ts'
import { createGate } from './test-support/gate.ts'
import { redeem } from './test-support/redeem.ts'
import { tokensIn } from './test-support/tokens-of.ts'
import { PUBLIC_URL, refOf, startWorld, type World, whoIs } from './test-support/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(() => world.reset())
afterAll(() => world.stop())

const revocation = () => world.audit.find(({ event }) => event === 'refresh_token_revocation')
/** A slow revocation outlasts the sign-out. */
async function revoked() {
  while (!revocation()) await new Promise(setImmediate)
}

describe('does not sign out', () => {
  test.each([
    ['another site’s form', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['a sibling host’s form', { 'sec-fetch-site': 'same-site', origin: 'https://other.example' }],
    ['an old browser that names another origin', { origin: 'https://evil.example' }],
    ['a request without an origin', {}],
  ])('for %s', async (_who, headers) => {
    const alice = await world.signedIn()
    const answer = await alice.ask('/auth/sign-out', {
      method: 'POST',
      headers: { ...headers } as Record<string, string>,
    })
    expect(answer).toMatchObject({ status: 403, setCookies: [], location: undefined })
    expect(await world.userRecords()).toHaveLength(2)
    expect(await whoIs(alice)).toBe('alice')
    expect((await alice.post('/auth/sign-out')).status).toBe(303)
    expect(await whoIs(alice)).toBe(401)
  })

  test.each(['GET', 'HEAD', 'PUT', 'DELETE'])('by %s', async (method) => {
    const alice = await world.signedIn()
    const answer = await alice.ask('/auth/sign-out', { method, headers: { origin: PUBLIC_URL } })
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' }, setCookies: [] })
    expect(await whoIs(alice)).toBe('alice')
  })
})

test('ends the user session on every replica at once, with its tokens, and notifies the others', async () => {
  const alice = await world.signedIn('alice')
  const bob = await world.signedIn('bob')
  const ref = await refOf(alice)
  const kept = new Map(alice.cookies)
  alice.cookies.set(BROWSER_BINDING_COOKIE, 'a-secret')
  const subscriber = await world.redisServer.connect()
  const published: string[] = []
  subscriber.on('message', (_channel, message) => published.push(message))
  await subscriber.subscribe('user-session-ended')
  const { idToken } = await tokensIn(world, alice)

  const { status, location } = await alice.post('/auth/sign-out')
  expect(status).toBe(303)
  const elsewhere = new URL(location ?? '')
  expect(elsewhere.origin).toBe(world.issuer.url)
  expect(Object.fromEntries(elsewhere.searchParams)).toEqual({
    client_id: 'the-app',
    id_token_hint: idToken,
    post_logout_redirect_uri: `${PUBLIC_URL}/auth/signed-out`,
  })
  expect([...alice.cookies.keys()]).toEqual([])

  for (const [name, value] of kept) alice.cookies.set(name, value)
  expect([await whoIs(alice, 0), await whoIs(alice, 1)]).toEqual([401, 401])
  expect(await world.replicas[1].sessions.find(ref)).toBeUndefined()
  expect(await world.replicas[1].tokens.accessToken(ref, { minimumSeconds: 0 })).toEqual({ outcome: 'signed-out' })
  expect(await world.keys(`*${ref}*`)).toEqual([])
  await subscriber.ping()
  expect(published).toEqual([ref])
  await revoked()
  expect(world.audit.slice(-2)).toMatchObject([
    { event: 'signed_out', userSession: ref },
    { event: 'refresh_token_revocation', userSession: ref, outcome: 'revoked' },
  ])
  expect(await whoIs(bob)).toBe('bob')
})

test('accepts a plain form of our own page, for which browsers send `Origin: null` under Referrer-Policy no-referrer', async () => {
  const alice = await world.signedIn()
  const headers = {
    origin: 'null',
    'sec-fetch-site': 'same-origin',
    'sec-fetch-mode': 'navigate',
    'content-type': 'application/x-www-form-urlencoded',
  }
  expect((await alice.post('/auth/sign-out', { headers })).status).toBe(303)
  expect(await whoIs(alice)).toBe(401)
})

test('is final although other records of the user session cannot be removed', async () => {
  const asked: string[] = []
  const failing = await world.replica({
    onSignOut: async (ref) => {
      asked.push(ref)
      throw new Error('no')
    },
  })
  const alice = await world.signedIn('alice', [failing])
  const ref = await refOf(alice)
  const session = alice.cookies.get(USER_SESSION_COOKIE) ?? ''
  expect((await alice.post('/auth/sign-out')).location).toContain(world.issuer.url)
  expect(asked).toEqual([ref])
  expect(world.matching('were not cleaned up')).toHaveLength(1)
  alice.cookies.set(USER_SESSION_COOKIE, session)
  expect(await whoIs(alice)).toBe(401)
})

test('works while the issuer is unavailable, and ends the user session here', async () => {
  const alice = await world.signedIn()
  const late = await world.replica()
  world.issuer.goOffline()
  try {
    const moved = world.browser('alice', [late])
    for (const [name, value] of alice.cookies) moved.cookies.set(name, value)
    expect(await moved.post('/auth/sign-out')).toMatchObject({ status: 303, location: `${PUBLIC_URL}/auth/signed-out` })
    expect(await world.userRecords()).toEqual([])
  } finally {
    world.issuer.goOnline()
  }
})

test('redirects a browser without a user session to the page after a sign-out, and ends nothing', async () => {
  const ended: string[] = []
  const stranger = world.browser('alice', [await world.replica({ onSignOut: async (ref) => void ended.push(ref) })])
  expect(await stranger.post('/auth/sign-out')).toMatchObject({
    status: 303,
    location: `${PUBLIC_URL}/auth/signed-out`,
  })
  expect(ended).toHaveLength(0)
  expect(world.audit).toEqual([])
})

test('goes to Cognito’s own sign-out where the issuer is Cognito', async () => {
  const replica = await world.replica({ signOut: 'cognito' })
  const alice = await world.signedIn('alice', [replica])
  const elsewhere = new URL((await alice.post('/auth/sign-out')).location ?? '')
  expect(elsewhere.origin + elsewhere.pathname).toBe(`${world.issuer.url}/logout`)
  expect(Object.fromEntries(elsewhere.searchParams)).toEqual({
    client_id: 'the-app',
    logout_uri: `${PUBLIC_URL}/auth/signed-out`,
  })
})

describe('the refresh token', () => {
  const refreshTokenOf = async (browser: Browser) => (await tokensIn(world, browser)).refreshToken

  test('of the user session that signs out is invalid at the issuer, and another browser’s is valid', async () => {
    const here = await world.signedIn('alice')
    const there = await world.signedIn('alice')
    const tokens = [await refreshTokenOf(here), await refreshTokenOf(there)]
    await here.post('/auth/sign-out')
    await revoked()
    expect(await Promise.all(tokens.map((one) => redeem(world.issuer, one)))).toEqual([400, 200])
  })

  test.each([500, 400])(
    'whose revocation the issuer answers with %d does not prevent the sign-out, and the trail has the result',
    async (status) => {
      const alice = await world.signedIn()
      const session = alice.cookies.get(USER_SESSION_COOKIE) ?? ''
      const refreshToken = await refreshTokenOf(alice)
      world.issuer.misbehaviour = { revocation: { status } }
      expect(await alice.post('/auth/sign-out')).toMatchObject({ status: 303 })
      expect(await world.userRecords()).toEqual([])
      await revoked()
      expect(revocation()).toMatchObject({ outcome: status === 500 ? 'unavailable' : 'refused' })
      alice.cookies.set(USER_SESSION_COOKIE, session)
      expect(await whoIs(alice)).toBe(401)
      expect(world.everything()).not.toContain(refreshToken)
      expect(world.matching('was not revoked')).toHaveLength(1)
    },
  )

  test('whose revocation has no answer delays the user briefly only, and a late answer is still recorded', async () => {
    const alice = await world.signedIn()
    const { gate, reached, open } = createGate()
    world.issuer.misbehaviour = { revocation: { status: 500, before: gate } }
    const signingOut = alice.post('/auth/sign-out')
    await reached()
    expect(await world.userRecords()).toEqual([])
    // The gate is still closed.
    expect(await signingOut).toMatchObject({ status: 303 })
    expect(world.audit.map(({ event }) => event)).toEqual(['signed_in', 'signed_out'])
    open()
    await revoked()
    expect(revocation()).toMatchObject({ outcome: 'unavailable' })
  })

  test('is not revoked when the issuer has no revocation', async () => {
    const over = Promise.withResolvers<void>()
    const onAudit = ({ event }: { event: string }) => void (event === 'refresh_token_revocation' && over.resolve())
    const plain = await startWorld({ features: { devInteractions: { enabled: false } } }, { onAudit })
    const bob = await plain.signedIn('bob')
    expect(await bob.post('/auth/sign-out')).toMatchObject({ status: 303 })
    await over.promise
    expect(plain.audit.at(-1)).toMatchObject({ event: 'refresh_token_revocation', outcome: 'not-offered' })
    await plain.stop()
  })
})
