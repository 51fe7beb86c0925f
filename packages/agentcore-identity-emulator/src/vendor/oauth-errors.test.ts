import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Emulator, startEmulator } from '../index.ts'

describe('the built-in server’s token and revocation endpoints, for a provider’s client', () => {
  let own: Emulator
  beforeAll(async () => {
    const client = { clientId: 'own', clientSecret: 'own-secret' }
    const oauth2ProviderConfigInput = { githubOauth2ProviderConfig: client }
    const provider = { name: 'own', credentialProviderVendor: 'GithubOauth2' as const, oauth2ProviderConfigInput }
    own = await startEmulator({ vendor: true, oauth2CredentialProviders: [{ ...provider, endpoints: 'vendor' }] })
  })
  afterAll(() => own.close())

  const basic = { authorization: `Basic ${Buffer.from('own:own-secret').toString('base64')}` }
  const inBody = { client_id: 'own', client_secret: 'own-secret' }
  const post = async (path: string, form: Record<string, string>, headers: Record<string, string> = {}) => {
    const response = await fetch(`${own.url}${path}`, { method: 'POST', headers, body: new URLSearchParams(form) })
    const text = await response.text()
    return {
      status: response.status,
      challenge: response.headers.get('www-authenticate'),
      body: text === '' ? {} : JSON.parse(text),
    }
  }

  test.each([
    ['no grant_type', {}],
    ['no code', { grant_type: 'authorization_code' }],
    ['a short code_verifier', { grant_type: 'authorization_code', code: 'x', code_verifier: 'a'.repeat(42) }],
    ['no refresh_token', { grant_type: 'refresh_token' }],
    ['two ways to authenticate', { grant_type: 'client_credentials', ...inBody }],
  ])('call %s an invalid request', async (_what, form: Record<string, string>) => {
    expect(await post('/vendor/token', form, basic)).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
  })

  test('call a revocation without a token an invalid request', async () => {
    expect(await post('/vendor/revocation', {}, basic)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    })
  })

  test('ask for the header again where it was wrong, and only there', async () => {
    const form = { grant_type: 'client_credentials' }
    for (const authorization of ['Basic !', 'Bearer x', 'Basic b3duOmd1ZXNzZWQ='])
      expect(await post('/vendor/token', form, { authorization })).toMatchObject({
        status: 401,
        challenge: 'Basic realm="vendor"',
        body: { error: 'invalid_client' },
      })
    expect(await post('/vendor/token', { ...form, ...inBody, client_secret: 'guessed' })).toMatchObject({
      status: 401,
      challenge: null,
    })
  })

  test('say the scope of a token, and whoami asks for a token without an error', async () => {
    const form = { grant_type: 'client_credentials', scope: 'read write', ...inBody }
    expect(await post('/vendor/token', form)).toMatchObject({ status: 200, body: { scope: 'read write' } })
    const response = await fetch(`${own.url}/vendor/whoami`)
    expect([response.status, response.headers.get('www-authenticate'), await response.json()]).toEqual([
      401,
      'Bearer',
      {},
    ])
  })
})
