import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { startClosingServer } from './test-support/closing-server.ts'
import { EXPECTED, startScriptedIssuer } from './test-support/scripted-issuer.ts'

const issuer = await startScriptedIssuer()
beforeEach(() => issuer.reset())
afterAll(() => issuer.stop())

describe('a refresh', () => {
  const refresh = async (status: number, body: object) => {
    issuer.answer('/token', status, body)
    const client = issuer.client()
    const outcome = await client.refresh({ refreshToken: 'before', idToken: await issuer.sign() })
    return { outcome, lines: client.lines }
  }
  const renewed = { access_token: 'a-token', token_type: 'Bearer', expires_in: 120 }

  test('sends the refresh token, and keeps the ID token when no other one comes', async () => {
    const { outcome } = await refresh(200, renewed)
    expect(outcome).toMatchObject({ outcome: 'refreshed', tokens: { accessToken: 'a-token' } })
    const [{ parameters } = { parameters: {} }] = issuer.askedAt('/token')
    expect(parameters).toMatchObject({ grant_type: 'refresh_token', refresh_token: 'before' })
  })

  test.each([
    [400, { error: 'invalid_grant' }, 'refused'],
    [400, { error: 'invalid_request' }, 'unavailable'],
    [503, { error: 'server_error' }, 'unavailable'],
    [200, { token_type: 'Bearer' }, 'unavailable'],
  ])('that the issuer answers with %d %j is %s', async (status, body, outcome) => {
    const heard = await refresh(status, body)
    expect([heard.outcome, heard.lines.length]).toEqual([{ outcome }, 1])
  })

  test.each([
    ['another user', { sub: 'bob' }],
    ['another app', { azp: 'another' }],
  ])('whose ID token is of %s is refused', async (_whose, claims) => {
    const { outcome, lines } = await refresh(200, { ...renewed, id_token: await issuer.sign(claims) })
    expect([outcome, lines.map(({ level }) => level)]).toEqual([{ outcome: 'refused' }, ['error']])
  })

  test('of the same user takes the new ID token', async () => {
    const id_token = await issuer.sign({ azp: 'the-app', extra: 'new' })
    const { outcome } = await refresh(200, { ...renewed, id_token })
    expect(outcome).toMatchObject({ outcome: 'refreshed', tokens: { idToken: id_token } })
  })
})

describe('the issuer’s keys', () => {
  let now = 0
  const asked = (path: string) => issuer.askedAt(path).length
  const start = async () => {
    const id_token = await issuer.sign()
    const renewed = { access_token: 'a-token', token_type: 'Bearer', expires_in: 120, refresh_token: 'next', id_token }
    issuer.answer('/token', 200, renewed)
    const client = issuer.client({ clock: () => now })
    return () => client.refresh({ refreshToken: 'before', idToken: id_token })
  }

  test.each([
    ['cannot be fetched', 503, {}],
    ['are no key set', 200, { error: 'a page' }],
  ])('that %s leave the refresh token unspent, and are not asked for by each refresh', async (_what, status, body) => {
    issuer.answer('/keys', status, body)
    const refresh = await start()
    for (let n = 0; n < 2; n++) expect(await refresh()).toEqual({ outcome: 'unavailable' })
    expect([asked('/keys'), asked('/token')]).toEqual([1, 0])
    issuer.reset()
    issuer.answer('/token', 200, { access_token: 'a-token', token_type: 'Bearer', id_token: await issuer.sign() })
    now += 5_000
    expect(await refresh()).toMatchObject({ outcome: 'refreshed' })
  })

  test('are not read over plain HTTP from another machine', async () => {
    issuer.publish({ jwks_uri: 'http://issuer.example/keys' })
    const refresh = await start()
    expect(await refresh()).toEqual({ outcome: 'unavailable' })
    expect(asked('/token')).toBe(0)
  })

  test('are fetched before the token, and once in three minutes', async () => {
    const refresh = await start()
    const refreshed = { outcome: 'refreshed', tokens: { refreshToken: 'next' } }
    expect(await Promise.all([refresh(), refresh()])).toMatchObject([refreshed, refreshed])
    now += 179_999
    expect(await refresh()).toMatchObject(refreshed)
    expect(asked('/keys')).toBe(1)
    now += 1
    expect(await refresh()).toMatchObject(refreshed)
    expect([asked('/keys'), asked('/token')]).toEqual([2, 4])
  })

  test('are fetched once more for one that the issuer has begun to use since, also right after the first time', async () => {
    issuer.answer('/keys', 200, () => ({ keys: asked('/keys') === 1 ? [] : issuer.keys }))
    const refresh = await start()
    for (let n = 0; n < 2; n++)
      expect(await refresh()).toMatchObject({ outcome: 'refreshed', tokens: { refreshToken: 'next' } })
    expect([asked('/keys'), asked('/token')]).toEqual([2, 2])
  })

  test('that could not be fetched once more are fetched before the next token is spent', async () => {
    issuer.answer('/keys', 200, { keys: [] })
    const refresh = await start()
    const id_token = await issuer.sign()
    issuer.answer('/token', 200, () => {
      issuer.answer('/keys', 503)
      return { access_token: 'a-token', token_type: 'Bearer', id_token }
    })
    for (let n = 0; n < 3; n++) expect(await refresh()).toEqual({ outcome: 'unavailable' })
    expect([asked('/keys'), asked('/token')]).toEqual([3, 1])
  })

  test('are fetched once more only for a token of an unknown key, which is not accepted', async () => {
    issuer.answer('/keys', 200, { keys: [] })
    const refresh = await start()
    expect(await refresh()).toEqual({ outcome: 'unavailable' })
    expect([asked('/keys'), asked('/token')]).toEqual([2, 1])
  })
})

describe('a revocation', () => {
  const offered = () => issuer.publish({ revocation_endpoint: `${issuer.url}/revoke` })

  test('sends the token, and says that it is a refresh token', async () => {
    offered()
    issuer.answer('/revoke', 200)
    expect(await issuer.client().revoke('a-refresh-token')).toBe('revoked')
    const [{ parameters } = { parameters: {} }] = issuer.askedAt('/revoke')
    expect(parameters).toMatchObject({ token: 'a-refresh-token', token_type_hint: 'refresh_token' })
  })

  test('is not sent when the issuer has none', async () => {
    expect(await issuer.client().revoke('a-refresh-token')).toBe('not-offered')
  })

  test.each([
    [400, { error: 'unsupported_token_type' }, 'refused'],
    [401, { error: 'invalid_client' }, 'refused'],
    [429, { error: 'slow_down' }, 'unavailable'],
    [503, { error: 'temporarily_unavailable' }, 'unavailable'],
  ])('that the issuer answers with %d %j is %s', async (status, body, outcome) => {
    offered()
    issuer.answer('/revoke', status, body)
    const client = issuer.client()
    expect([await client.revoke('a-refresh-token'), client.lines.length]).toEqual([outcome, 1])
  })
})

describe('nothing is known, and nothing is refused,', () => {
  const before = async () => ({ refreshToken: 'before', idToken: await issuer.sign() })

  test('while the issuer’s metadata cannot be read', async () => {
    issuer.answer('/.well-known/openid-configuration', 503)
    const client = issuer.client()
    expect(await client.refresh(await before())).toEqual({ outcome: 'unavailable' })
    expect(await client.revoke('a-refresh-token')).toBe('unavailable')
    const answer = new URLSearchParams({ code: 'a-code', state: EXPECTED.state })
    const refused = { outcome: 'refused', reason: 'issuer-unavailable' }
    expect(await client.exchangeCode(answer, EXPECTED)).toEqual(refused)
  })

  test('while its other addresses cannot be reached', async () => {
    const away = await startClosingServer()
    issuer.publish({ token_endpoint: `${away.url}/token`, revocation_endpoint: `${away.url}/revoke` })
    const client = issuer.client()
    expect(await client.refresh(await before())).toEqual({ outcome: 'unavailable' })
    expect(await client.revoke('a-refresh-token')).toBe('unavailable')
    await away.stop()
  })
})

test('the metadata of an issuer is read once, when it was read, and a second after a failure at the earliest', async () => {
  let now = 1_000_000
  const { authorizationUrl, lines } = issuer.client({ clock: () => now })
  const read = () => issuer.askedAt('/.well-known/openid-configuration').length
  expect(read()).toBe(0)
  issuer.answer('/.well-known/openid-configuration', 503)
  for (let n = 1; n <= 2; n++) {
    // Both wait for one request.
    expect(await Promise.all([authorizationUrl(EXPECTED), authorizationUrl(EXPECTED)])).toEqual([undefined, undefined])
    expect([read(), lines.length]).toEqual([n, 2 * n])
    now += 999
    expect([await authorizationUrl(EXPECTED), read()]).toEqual([undefined, n])
    now += 1
  }
  issuer.publish()
  for (let n = 0; n < 3; n++) expect(await authorizationUrl(EXPECTED)).toContain('/authorize?')
  expect(read()).toBe(3)
})
