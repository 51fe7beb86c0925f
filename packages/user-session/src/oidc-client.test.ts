import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { RESERVED_AUTHORIZATION_PARAMETERS } from '@agent-identity/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createOidcClient, type OidcClientSettings } from './index.ts'
import { createGate } from './test-support/gate.ts'
import { CLIENT, type TestIssuer } from './test-support/issuer.ts'
import { PUBLIC_URL, startWorld, type World, whoIs } from './test-support/world.ts'

let world: World
beforeAll(async () => {
  // HS256 is in the metadata: only the signature check can refuse it.
  world = await startWorld({ enabledJWA: { idTokenSigningAlgValues: ['RS256', 'HS256'] } })
})
beforeEach(() => world.reset())
afterAll(() => world.stop())

type Misbehaviour = NonNullable<TestIssuer['misbehaviour']['idToken']>

const hmac = (input: string) => createHmac('sha256', CLIENT.clientSecret).update(input).digest('base64url')
const foreignKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const signedByOther = (input: string) => sign('sha256', Buffer.from(input), foreignKey).toString('base64url')
const inThePast = Math.floor(Date.now() / 1_000) - 120

describe('does not accept an ID token', () => {
  test.each<[string, Misbehaviour]>([
    ['with another nonce', () => ({ claims: { nonce: 'A'.repeat(43) } })],
    ['without a nonce', () => ({ claims: { nonce: undefined } })],
    ['for another audience', () => ({ claims: { aud: 'another-app' } })],
    [
      'for further audiences without an authorized party',
      () => ({ claims: { aud: [CLIENT.clientId, 'another-app'] } }),
    ],
    ['whose authorized party is another app', () => ({ claims: { azp: 'another-app' } })],
    ['of another issuer', () => ({ claims: { iss: 'https://evil.example' } })],
    ['that has expired', () => ({ claims: { exp: inThePast } })],
    ['without an expiry', () => ({ claims: { exp: undefined } })],
    ['that is not valid yet', () => ({ claims: { nbf: inThePast + 3_600 } })],
    ['without a subject', () => ({ claims: { sub: undefined } })],
    ['with a subject that is too long', () => ({ claims: { sub: 'a'.repeat(256) } })],
    ['with a signature by another key', () => ({ signature: signedByOther })],
    ['with a signature of other content', () => ({ signature: () => hmac('something else') })],
    ['signed with the client secret', () => ({ header: { alg: 'HS256' }, signature: hmac })],
    ['without a signature', () => ({ header: { alg: 'none' }, signature: () => '' })],
    ['signed with a key that it contains', () => ({ header: { kid: 'mine', jwk: {} }, signature: signedByOther })],
    ['with an extension that must be understood', () => ({ header: { crit: ['x'], x: 1 } })],
  ])('%s', async (_what, idToken) => {
    const alice = world.browser()
    world.issuer.misbehaviour = { idToken }
    const answer = await alice.navigate('/auth/sign-in')
    expect(answer).toMatchObject({ status: 400, body: 'Signing in did not work.', setCookies: [] })
    expect(world.issuer.grants).toEqual(['authorization_code'])
    expect(await world.userRecords()).toEqual([])
    expect(world.audit).toMatchObject([{ reason: 'issuer-answer-not-valid' }])

    world.issuer.behave()
    await alice.navigate('/auth/sign-in')
    expect(await whoIs(alice)).toBe('alice')
  })

  test('when there is none', async () => {
    const alice = world.browser()
    world.issuer.misbehaviour = { tokenBody: '{"access_token":"a-token","token_type":"Bearer","expires_in":60}' }
    expect((await alice.navigate('/auth/sign-in')).status).toBe(400)
    expect(await world.userRecords()).toEqual([])
    expect(world.everything()).not.toContain('a-token')
  })
})

test('accepts several audiences when we are the authorized party', async () => {
  world.issuer.misbehaviour = { idToken: () => ({ claims: { aud: [CLIENT.clientId, 'api'], azp: CLIENT.clientId } }) }
  expect(await whoIs(await world.signedIn())).toBe('alice')
})

describe('an issuer that is unavailable', () => {
  test.each<[string, TestIssuer['misbehaviour']]>([
    ['answers with a gateway’s page', { tokenStatus: 502, tokenBody: '<h1>Bad gateway</h1>' }],
    ['answers with a page', { tokenBody: '<h1>secret-page</h1>', tokenType: 'text/html' }],
    ['answers with a server error', { tokenStatus: 503, tokenBody: '{"error":"temporarily_unavailable"}' }],
  ])('and %s, is reported as unavailable, and the next attempt works', async (_what, misbehaviour) => {
    const alice = world.browser()
    world.issuer.misbehaviour = misbehaviour
    expect(await alice.navigate('/auth/sign-in')).toMatchObject({ status: 503, body: 'Signing in did not work.' })
    expect(await world.userRecords()).toEqual([])
    expect(world.everything()).not.toContain('secret-page')
    world.issuer.behave()
    await alice.navigate('/auth/sign-in')
    expect(await whoIs(alice)).toBe('alice')
  })

  test('and does not answer at all, delays a user for a few seconds only', async () => {
    const { gate, open } = createGate()
    const alice = world.browser('alice', [await world.replica({ timeoutSeconds: undefined })])
    world.issuer.misbehaviour = { beforeTokenAnswer: gate }
    const started = Date.now()
    expect((await alice.navigate('/auth/sign-in')).status).toBe(503)
    // The library's default is 30 s.
    expect(Date.now() - started).toBeLessThan(25_000)
    open()
  })

  test('does not prevent a replica from starting, and is asked once for its metadata when it is back', async () => {
    world.issuer.goOffline()
    const late = await world.replica()
    const alice = world.browser('alice', [late])
    expect(await alice.ask('/auth/sign-in')).toMatchObject({
      status: 503,
      body: 'Signing in did not work.',
      setCookies: [],
    })
    expect(await world.keys('*')).toEqual([])

    world.issuer.goOnline()
    world.advance(1)
    const answers = await Promise.all(Array.from({ length: 5 }, () => alice.ask('/auth/sign-in')))
    expect(answers.map(({ status }) => status)).toEqual([302, 302, 302, 302, 302])
    expect(world.issuer.discoveries).toBe(1)
    await alice.navigate('/auth/sign-in')
    expect(await whoIs(alice)).toBe('alice')
    expect(world.issuer.discoveries).toBe(1)
  })
})

describe('a client', () => {
  const client = (settings: Partial<OidcClientSettings>) =>
    createOidcClient({
      issuer: world.issuer.url,
      ...CLIENT,
      scopes: 'openid',
      publicUrl: PUBLIC_URL,
      signOut: 'rp-initiated',
      clock: Date.now,
      log: world.log,
      ...settings,
    })
  const request = { state: 'state', nonce: 'nonce', codeVerifier: 'A'.repeat(43) }

  test('does not speak plain HTTP to an issuer on another machine', async () => {
    expect(await client({ issuer: 'http://issuer.example' }).authorizationUrl(request)).toBeUndefined()
    expect(world.matching('OAUTH_HTTP_REQUEST_FORBIDDEN')).toHaveLength(1)
  })

  test('does not accept metadata with another issuer’s name', async () => {
    expect(
      await client({ issuer: `${world.issuer.url.replace('127.0.0.1', 'localhost')}` }).authorizationUrl(request),
    ).toBeUndefined()
    expect(world.matching('does not match the expected issuer')).toHaveLength(1)
  })

  test('sends the configured parameters', async () => {
    const given = { audience: 'https://agents.example', organization: 'org_1' }
    const url = new URL((await client({ authorizationParameters: given }).authorizationUrl(request)) ?? '')
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ ...given, state: 'state', client_id: CLIENT.clientId })
  })

  test.each([
    ['asks when the user signed in there, where there are administrators', { claim: 'groups', group: 'a' }, '31536000'],
    ['does not ask without', undefined, null],
  ])('%s', async (_what, administrators, maxAge) => {
    const url = new URL((await client({ administrators }).authorizationUrl(request)) ?? '')
    expect(url.searchParams.get('max_age')).toBe(maxAge)
  })

  test.each(RESERVED_AUTHORIZATION_PARAMETERS)('refuses %s in its configuration', (name) => {
    expect(() => client({ authorizationParameters: { audience: 'x', [name]: 'x' } })).toThrow(`must not set ${name}`)
  })

  test('refuses scopes without openid', () => {
    expect(() => client({ scopes: 'profile email' })).toThrow('openid')
  })

  test('sends its secret in the body when the issuer accepts it only there', async () => {
    const post = await startWorld({ clientAuthMethods: ['client_secret_post'] })
    try {
      expect(await whoIs(await post.signedIn())).toBe('alice')
      expect(post.issuer.secretWasIn).toBe('body')
      await world.signedIn()
      expect(world.issuer.secretWasIn).toBe('header')
    } finally {
      await post.stop()
    }
  })

  test('writes neither its secret nor a code or a verifier to the log', async () => {
    const other = client({ clientSecret: 'a-wrong-secret-of-this-test' })
    const answer = new URLSearchParams({ code: 'a-stolen-code', state: 'state', iss: world.issuer.url })
    expect(await other.exchangeCode(answer, request)).toEqual({ outcome: 'refused', reason: 'refused-by-issuer' })
    for (const secret of ['a-wrong-secret-of-this-test', 'a-stolen-code', request.codeVerifier])
      expect(world.everything()).not.toContain(secret)
  })
})

test('reads the user’s names from the ID token, shortened to our limit', async () => {
  const outcomes: unknown[] = []
  for (const claims of [
    { name: 'N'.repeat(300), email: 'e'.repeat(321) },
    { name: ' ', preferred_username: 'al' },
    { name: 1, email: 'alice@example.com' },
    { name: undefined, email: undefined },
  ]) {
    world.issuer.misbehaviour = { idToken: () => ({ claims }) }
    const alice = await world.signedIn()
    outcomes.push(JSON.parse((await alice.ask('/whoami')).body).user)
  }
  const person = { issuer: world.issuer.url, subject: 'alice' }
  expect(outcomes).toEqual([
    { ...person, name: 'N'.repeat(256) },
    { ...person, name: 'al', email: 'alice@example.com' },
    { ...person, name: 'alice@example.com', email: 'alice@example.com' },
    { ...person, name: 'alice' },
  ])
})
