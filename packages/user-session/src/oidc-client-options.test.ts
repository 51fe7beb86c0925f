import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { EXPECTED, PUBLIC_URL, startScriptedIssuer } from './test-support/scripted-issuer.ts'

const issuer = await startScriptedIssuer()
beforeEach(() => issuer.reset())
afterAll(() => issuer.stop())

const SECRET = 'a-client-secret-of-this-test'
/** RFC 6749 §2.3.1: client id and secret are form-encoded first; an encoder may also encode what it need not. */
const inHeader = (authorization: string | undefined) =>
  authorization && decodeURIComponent(Buffer.from(authorization.replace('Basic ', ''), 'base64').toString())
const returned = () => new URLSearchParams({ code: 'a-code', state: EXPECTED.state })
const tokens = async (changed: object = {}, claims: object = {}) => ({
  ...{ access_token: 'a-token', token_type: 'Bearer', expires_in: 120, refresh_token: 'a-refresh-token' },
  id_token: await issuer.sign(claims),
  ...changed,
})

describe('an access token', () => {
  test.each([
    ['as long as the issuer says', 120, 120],
    ['for a minute, when the issuer does not say how long', undefined, 60],
  ])('is used %s', async (_how, expires_in, expiresInSeconds) => {
    issuer.answer('/token', 200, await tokens({ expires_in }))
    const client = issuer.client()
    const used = { accessToken: 'a-token', expiresInSeconds, refreshToken: 'a-refresh-token' }
    expect(await client.exchangeCode(returned(), EXPECTED)).toMatchObject({ outcome: 'signed-in', tokens: used })
    const before = { refreshToken: 'before', idToken: await issuer.sign() }
    expect(await client.refresh(before)).toMatchObject({ outcome: 'refreshed', tokens: used })
  })
})

describe('a sign-in', () => {
  test('asks for a code of this client, for its own address, and proves with its verifier that it has asked', async () => {
    const url = new URL((await issuer.client().authorizationUrl(EXPECTED)) ?? '')
    expect(url.origin + url.pathname).toBe(`${issuer.url}/authorize`)
    const asked = Object.fromEntries(url.searchParams)
    const redirect_uri = `${PUBLIC_URL}/auth/callback`
    expect(asked).toEqual({
      ...{ client_id: 'the-app', response_type: 'code', redirect_uri, scope: 'openid', state: 'a-state' },
      ...{ nonce: 'a-nonce', code_challenge: expect.any(String), code_challenge_method: 'S256' },
    })
    expect(asked.code_challenge).not.toContain(EXPECTED.codeVerifier)

    issuer.answer('/token', 200, await tokens())
    await issuer.client().exchangeCode(returned(), EXPECTED)
    const parameters = { grant_type: 'authorization_code', code: 'a-code', redirect_uri }
    expect(issuer.askedAt('/token')).toMatchObject([
      { parameters: { ...parameters, code_verifier: EXPECTED.codeVerifier } },
    ])
  })

  test.each([
    ['another state', { ...EXPECTED, state: 'another' }],
    ['another nonce', { ...EXPECTED, nonce: 'another' }],
  ])('is not accepted with %s', async (_what, expected) => {
    issuer.answer('/token', 200, await tokens())
    const refused = { outcome: 'refused', reason: 'issuer-answer-not-valid' }
    expect(await issuer.client().exchangeCode(returned(), expected)).toEqual(refused)
    expect(await issuer.client().exchangeCode(returned(), EXPECTED)).toMatchObject({ outcome: 'signed-in' })
  })

  test('says who is an administrator, where there are some, and when they signed in', async () => {
    issuer.answer(
      '/token',
      200,
      await tokens({}, { groups: ['admins'], auth_time: 1_900_000_000, sid: 's', iat: 1_700_000_000 }),
    )
    const administrators = { claim: 'groups', group: 'admins' }
    const facts = { sid: 's', authenticatedAt: 1_900_000_000_000 }
    expect(await issuer.client({ administrators }).exchangeCode(returned(), EXPECTED)).toMatchObject({
      facts: { ...facts, administratorOf: 'admins' },
      issuedAt: 1_700_000_000_000,
    })
    expect(await issuer.client().exchangeCode(returned(), EXPECTED)).toHaveProperty('facts', facts)
  })

  test.each([
    [401, { error: 'invalid_client' }, 'refused-by-issuer'],
    [429, { error: 'slow_down' }, 'issuer-unavailable'],
    [500, { error: 'server_error' }, 'issuer-unavailable'],
    [200, { token_type: 'Bearer' }, 'issuer-answer-not-valid'],
  ])('that the issuer answers with %d %j is refused: %s', async (status, body, reason) => {
    issuer.answer('/token', status, body)
    const client = issuer.client()
    expect(await client.exchangeCode(returned(), EXPECTED)).toEqual({ outcome: 'refused', reason })
    expect(client.lines).toHaveLength(1)
  })
})

describe('the client’s secret', () => {
  test.each([
    ['the header, when the issuer does not say where', undefined, 'header'],
    ['the header, where the issuer takes both', ['client_secret_post', 'client_secret_basic'], 'header'],
    ['the body, when the issuer takes it only there', ['client_secret_post'], 'body'],
  ])('is sent in %s', async (_where, token_endpoint_auth_methods_supported, place) => {
    issuer.publish({ token_endpoint_auth_methods_supported })
    issuer.answer('/token', 200, await tokens())
    await issuer.client().exchangeCode(returned(), EXPECTED)
    const [asked] = issuer.askedAt('/token')
    const sent = place === 'header' ? [`the-app:${SECRET}`, undefined] : [undefined, SECRET]
    expect([inHeader(asked?.authorization), asked?.parameters.client_secret]).toEqual(sent)
  })
})

describe('an ID token', () => {
  test('is accepted only with a signature that the issuer names', async () => {
    issuer.publish({ id_token_signing_alg_values_supported: ['PS256'] })
    const client = issuer.client()
    issuer.answer('/token', 200, await tokens({ id_token: await issuer.sign({}, { alg: 'PS256' }) }))
    expect(await client.exchangeCode(returned(), EXPECTED)).toMatchObject({ outcome: 'signed-in' })
    issuer.answer('/token', 200, await tokens({ id_token: await issuer.sign({}, { alg: 'RS256' }) }))
    expect(await client.exchangeCode(returned(), EXPECTED)).toMatchObject({ reason: 'issuer-answer-not-valid' })
  })
})

describe('a logout token', () => {
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
  const signed = (alg: string) => issuer.sign({ events, jti: 'one', nonce: undefined }, { alg, typ: 'logout+jwt' })

  test('is accepted only with a signature that the issuer names', async () => {
    issuer.publish({ id_token_signing_alg_values_supported: ['PS256'] })
    const { readLogoutToken } = issuer.client()
    expect(await readLogoutToken(await signed('PS256'))).toMatchObject({ issuer: issuer.url, subject: 'alice' })
    expect(await readLogoutToken(await signed('RS256'))).toEqual({ refused: 'wrong-signature' })
  })

  test.each([
    ['has no keys', 200, { jwks_uri: undefined }],
    ['is away', 503, {}],
  ])('is not accepted when the issuer %s', async (_what, status, changed) => {
    issuer.publish(changed)
    if (status !== 200) issuer.answer('/.well-known/openid-configuration', status)
    const refused = { refused: 'issuer-unavailable' }
    expect(await issuer.client().readLogoutToken(await signed('RS256'))).toEqual(refused)
  })
})

describe('the browser ends its single sign-on', () => {
  const at = async (hint: string | undefined, settings: object = {}) => {
    const url = await issuer.client(settings).signOutUrl(hint)
    return url && [url.split('?')[0], Object.fromEntries(new URL(url).searchParams)]
  }
  const post_logout_redirect_uri = `${PUBLIC_URL}/auth/signed-out`

  test.each([
    ['with the ID token', 'an-id-token', { id_token_hint: 'an-id-token' }],
    ['without one, when there is none', undefined, {}],
  ])('at the issuer’s address, %s', async (_how, hint, more) => {
    issuer.publish({ end_session_endpoint: `${issuer.url}/end` })
    const parameters = { client_id: 'the-app', post_logout_redirect_uri, ...more }
    expect(await at(hint)).toEqual([`${issuer.url}/end`, parameters])
  })

  test('nowhere, when the issuer has no address for it or cannot be reached', async () => {
    expect(await at('an-id-token')).toBeUndefined()
    issuer.answer('/.well-known/openid-configuration', 503)
    expect([await at('an-id-token'), await at(undefined, { signOut: 'cognito' })]).toEqual([undefined, undefined])
  })

  test.each([
    ['of its address for that', { end_session_endpoint: 'https://login.example/end' }, 'https://login.example/logout'],
    ['of its sign-in, without one', { authorization_endpoint: 'https://in.example/a' }, 'https://in.example/logout'],
  ])('at Amazon Cognito on the host %s', async (_whose, published, url) => {
    issuer.publish(published)
    const parameters = { client_id: 'the-app', logout_uri: post_logout_redirect_uri }
    expect(await at('an-id-token', { signOut: 'cognito' })).toEqual([url, parameters])
  })
})
