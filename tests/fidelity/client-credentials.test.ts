import type { CustomOauth2ProviderConfigInput } from '@aws-sdk/client-bedrock-agentcore-control'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { BASIC, directGrants } from './support/direct-grants.ts'
import { mintForUserId, refusal } from './support/flow.ts'
import { useEmulator } from './support/subject.ts'
import { json, Vendor } from './support/vendor.ts'

const vendor = new Vendor()
beforeAll(() => vendor.start())
afterAll(() => vendor.close())
const used = useEmulator(() => ({
  secrets: { 'my-secret': { client_secret: 'from outside' } },
  workloadIdentities: [{ name: 'agent' }],
}))
const { ask, customProvider, lastRequest } = directGrants(vendor, () => used.subject)

describe('M2M', () => {
  test('requests the client’s own token each time, and keeps none', async () => {
    const resourceCredentialProviderName = await customProvider()
    const before = vendor.tokenRequests.length
    const first = await ask({ resourceCredentialProviderName })
    expect(lastRequest()).toEqual({ grant_type: 'client_credentials', scope: 'read', authorization: BASIC })
    expect(await ask({ resourceCredentialProviderName })).not.toEqual(first)
    expect(vendor.tokenRequests).toHaveLength(before + 2)
  })

  test('sends resources, audiences and custom parameters, which override nothing', async () => {
    const resourceCredentialProviderName = await customProvider({ clientAuthenticationMethod: 'CLIENT_SECRET_POST' })
    await ask({
      resourceCredentialProviderName,
      scopes: [],
      resources: ['https://api.example'],
      audiences: ['api'],
      customParameters: {
        grant_type: 'password',
        scope: 'admin',
        client_id: 'evil',
        client_secret: 'evil',
        tenant: 't',
      },
    })
    expect(lastRequest()).toEqual({
      grant_type: 'client_credentials',
      resource: 'https://api.example',
      audience: 'api',
      tenant: 't',
      client_id: 'client',
      client_secret: 'secret',
    })
  })

  test('needs no return URL', async () => {
    expect(await ask({ resourceCredentialProviderName: await customProvider() })).toHaveProperty('accessToken')
  })
})

describe('assumption m2mTokens: kept', () => {
  const keeping = useEmulator(() => ({
    assumptions: { m2mTokens: 'kept' as const },
    workloadIdentities: [{ name: 'agent' }, { name: 'other-agent' }],
  }))
  const { ask, customProvider, workloadToken } = directGrants(vendor, () => keeping.subject)

  test('the token is kept for the workload until it expires', async () => {
    const resourceCredentialProviderName = await customProvider()
    vendor.answerNext((response) =>
      json(response, 200, {
        access_token: 'm2m',
        token_type: 'Bearer',
        expires_in: 3_600,
        refresh_token: 'never used',
      }),
    )
    expect(await ask({ resourceCredentialProviderName })).toEqual({ accessToken: 'm2m' })
    const before = vendor.tokenRequests.length
    // Not close to the expiry: the emulator's clock also runs by itself.
    keeping.emulator.clock.advance(3_000)
    const forUser = await mintForUserId(keeping.subject, 'agent', 'anybody')
    expect(await ask({ resourceCredentialProviderName, workloadIdentityToken: forUser })).toEqual({
      accessToken: 'm2m',
    })
    expect(vendor.tokenRequests).toHaveLength(before)
    const other = { resourceCredentialProviderName, workloadIdentityToken: await workloadToken('other-agent') }
    expect((await ask(other)).accessToken).not.toBe('m2m')
    keeping.emulator.clock.advance(600)
    expect((await ask({ resourceCredentialProviderName })).accessToken).not.toBe('m2m')
  })

  test('forceAuthentication asks the vendor again', async () => {
    const resourceCredentialProviderName = await customProvider()
    const first = await ask({ resourceCredentialProviderName })
    expect(await ask({ resourceCredentialProviderName })).toEqual(first)
    expect(await ask({ resourceCredentialProviderName, forceAuthentication: true })).not.toEqual(first)
  })
})

describe('client authentication at the token endpoint', () => {
  test.each<[string, Partial<CustomOauth2ProviderConfigInput>, object]>([
    ['basic by default (RFC 8414 §2)', {}, { authorization: BASIC }],
    ['basic', { clientAuthenticationMethod: 'CLIENT_SECRET_BASIC' }, { authorization: BASIC }],
    [
      'post',
      { clientAuthenticationMethod: 'CLIENT_SECRET_POST' },
      { client_id: 'client', client_secret: 'secret', authorization: undefined },
    ],
    [
      'form-encoded before base64 (RFC 6749 §2.3.1)',
      { clientId: 'a:b', clientSecret: 'c d+%ü' },
      { authorization: `Basic ${Buffer.from('a%3Ab:c+d%2B%25%C3%BC').toString('base64')}` },
    ],
  ])('%s', async (_case, config, expected) => {
    await ask({ resourceCredentialProviderName: await customProvider(config) })
    expect(lastRequest()).toMatchObject(expected)
  })

  test.each([
    [['client_secret_post'], undefined],
    [['client_secret_basic'], BASIC],
    [['client_secret_post', 'client_secret_basic'], BASIC],
  ])('as inline metadata says: %j', async (tokenEndpointAuthMethods, authorization) => {
    const authorizationServerMetadata = { ...vendor.endpoints, tokenEndpointAuthMethods }
    await ask({
      resourceCredentialProviderName: await customProvider({ oauthDiscovery: { authorizationServerMetadata } }),
    })
    expect(lastRequest().authorization).toBe(authorization)
  })

  test('with a secret by reference, read when it is needed', async () => {
    const external = (jsonKey: string) => ({
      clientSecret: undefined,
      clientSecretSource: 'EXTERNAL' as const,
      clientSecretConfig: { secretId: 'my-secret', jsonKey },
    })
    await ask({ resourceCredentialProviderName: await customProvider(external('client_secret')) })
    expect(lastRequest()).toMatchObject({
      authorization: `Basic ${Buffer.from('client:from+outside').toString('base64')}`,
    })
    const missing = ask({ resourceCredentialProviderName: await customProvider(external('other')) })
    expect(await refusal(missing)).toMatchObject({ name: 'ResourceNotFoundException', status: 404 })
  })
})
