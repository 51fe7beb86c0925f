import {
  GetResourceOauth2TokenCommand,
  type GetResourceOauth2TokenRequest,
  GetWorkloadAccessTokenCommand,
} from '@aws-sdk/client-bedrock-agentcore'
import {
  CreateOauth2CredentialProviderCommand,
  type CustomOauth2ProviderConfigInput,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mintForJwt, mintForUserId, refusal } from './support/flow.ts'
import { Issuer } from './support/issuer.ts'
import { sendRaw } from './support/send-raw.ts'
import { useEmulator } from './support/subject.ts'
import { json, Vendor } from './support/vendor.ts'

const vendor = new Vendor()
const issuer = new Issuer()
beforeAll(() => Promise.all([vendor.start(), issuer.start()]))
afterAll(() => Promise.all([vendor.close(), issuer.close()]))
const used = useEmulator(() => ({
  workloadIdentities: [{ name: 'agent' }, { name: 'other-agent' }],
  oauth2CredentialProviders: [
    {
      name: 'microsoft',
      credentialProviderVendor: 'MicrosoftOauth2',
      oauth2ProviderConfigInput: { microsoftOauth2ProviderConfig: { clientId: 'client', clientSecret: 'secret' } },
      endpoints: vendor.endpoints,
    },
  ],
}))

async function customProvider(config: Partial<CustomOauth2ProviderConfigInput> = {}) {
  const { name } = await used.subject.createOauth2Provider({
    credentialProviderVendor: 'CustomOauth2',
    oauth2ProviderConfigInput: {
      customOauth2ProviderConfig: {
        oauthDiscovery: { authorizationServerMetadata: vendor.endpoints },
        clientId: 'client',
        clientSecret: 'secret',
        ...config,
      },
    },
  })
  return name as string
}

async function ask(input: Partial<GetResourceOauth2TokenRequest>) {
  const { $metadata: _, ...answer } = await used.subject.data.send(
    new GetResourceOauth2TokenCommand({
      workloadIdentityToken: await workloadToken(),
      resourceCredentialProviderName: undefined,
      oauth2Flow: 'M2M',
      scopes: ['read'],
      ...input,
    }),
  )
  return answer
}

async function workloadToken(workloadName = 'agent') {
  const { workloadAccessToken } = await used.subject.data.send(new GetWorkloadAccessTokenCommand({ workloadName }))
  return workloadAccessToken as string
}

const lastRequest = () => {
  const { parameters, authorization } = vendor.tokenRequests.at(-1) as (typeof vendor.tokenRequests)[number]
  return { ...Object.fromEntries(parameters), authorization }
}
const BASIC = `Basic ${Buffer.from('client:secret').toString('base64')}`

describe('M2M', () => {
  test('asks for the client’s own token and keeps it for the workload until it expires', async () => {
    const resourceCredentialProviderName = await customProvider()
    vendor.answerNext((response) =>
      json(response, 200, { access_token: 'm2m', token_type: 'Bearer', expires_in: 60, refresh_token: 'never used' }),
    )
    expect(await ask({ resourceCredentialProviderName })).toEqual({ accessToken: 'm2m' })
    expect(lastRequest()).toEqual({ grant_type: 'client_credentials', scope: 'read', authorization: BASIC })
    const before = vendor.tokenRequests.length
    used.emulator.clock.advance(59)
    const forUser = await mintForUserId(used.subject, 'agent', 'anybody')
    expect(await ask({ resourceCredentialProviderName, workloadIdentityToken: forUser })).toEqual({
      accessToken: 'm2m',
    })
    expect(vendor.tokenRequests).toHaveLength(before)
    const other = { resourceCredentialProviderName, workloadIdentityToken: await workloadToken('other-agent') }
    expect((await ask(other)).accessToken).not.toBe('m2m')
    used.emulator.clock.advance(1)
    expect((await ask({ resourceCredentialProviderName })).accessToken).not.toBe('m2m')
    expect(lastRequest()).toMatchObject({ grant_type: 'client_credentials' })
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

  test('forceAuthentication asks the vendor again', async () => {
    const resourceCredentialProviderName = await customProvider()
    const first = await ask({ resourceCredentialProviderName })
    expect(await ask({ resourceCredentialProviderName })).toEqual(first)
    expect(await ask({ resourceCredentialProviderName, forceAuthentication: true })).not.toEqual(first)
  })

  test('needs no return URL', async () => {
    expect(await ask({ resourceCredentialProviderName: await customProvider() })).toHaveProperty('accessToken')
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

  test('by discovery', async () => {
    const oauthDiscovery = { discoveryUrl: vendor.discoveryUrl }
    await ask({ resourceCredentialProviderName: await customProvider({ oauthDiscovery }) })
    expect(lastRequest()).toMatchObject({ authorization: BASIC })
  })
})

describe('ON_BEHALF_OF_TOKEN_EXCHANGE (devguide, on-behalf-of-token-exchange)', () => {
  const oauth2Flow = 'ON_BEHALF_OF_TOKEN_EXCHANGE'
  const JWT = 'urn:ietf:params:oauth:token-type:jwt'

  test('RFC 8693: the user’s JWT is the subject, and the answer is kept for this user', async () => {
    const userToken = issuer.token('alice')
    const request: Partial<GetResourceOauth2TokenRequest> = {
      oauth2Flow,
      workloadIdentityToken: await mintForJwt(used.subject, 'agent', userToken),
      audiences: ['downstream'],
      resourceCredentialProviderName: await customProvider({
        onBehalfOfTokenExchangeConfig: { grantType: 'TOKEN_EXCHANGE' },
      }),
    }
    const answer = await ask(request)
    expect(answer).toEqual({ accessToken: expect.stringMatching(/^access-/) })
    expect(lastRequest()).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: userToken,
      subject_token_type: JWT,
      scope: 'read',
      audience: 'downstream',
      authorization: BASIC,
    })
    expect(await ask(request)).toEqual(answer)
    const bob = await mintForJwt(used.subject, 'agent', issuer.token('bob'))
    expect(await ask({ ...request, workloadIdentityToken: bob })).not.toEqual(answer)
  })

  test('with an actor token: the client’s own, for its own scopes', async () => {
    vendor.answerNext((response) => json(response, 200, { access_token: 'actor', token_type: 'Bearer' }))
    await ask({
      oauth2Flow,
      workloadIdentityToken: await mintForJwt(used.subject, 'agent', issuer.token('alice')),
      resourceCredentialProviderName: await customProvider({
        onBehalfOfTokenExchangeConfig: {
          grantType: 'TOKEN_EXCHANGE',
          tokenExchangeGrantTypeConfig: { actorTokenContent: 'M2M', actorTokenScopes: ['delegate'] },
        },
      }),
    })
    const [forActor, exchange] = vendor.tokenRequests.slice(-2)
    expect(Object.fromEntries(forActor?.parameters ?? [])).toEqual({
      grant_type: 'client_credentials',
      scope: 'delegate',
    })
    expect(Object.fromEntries(exchange?.parameters ?? [])).toMatchObject({
      actor_token: 'actor',
      actor_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    })
  })

  test('NO_CLIENT leaves the client out', async () => {
    const name = used.subject.uniqueName()
    const customOauth2ProviderConfig = {
      oauthDiscovery: { authorizationServerMetadata: vendor.endpoints },
      clientId: 'client',
      clientSecret: 'secret',
      clientAuthenticationMethod: 'CLIENT_SECRET_POST',
      onBehalfOfTokenExchangeConfig: {
        grantType: 'TOKEN_EXCHANGE',
        onBehalfOfAuthenticationConfig: { clientAuthenticationMethod: 'NO_CLIENT' },
      },
    }
    const oauth2ProviderConfigInput = { customOauth2ProviderConfig }
    const body = { name, credentialProviderVendor: 'CustomOauth2', oauth2ProviderConfigInput }
    const command = new CreateOauth2CredentialProviderCommand(body as never)
    await sendRaw(used.subject.control, command, JSON.stringify(body))
    const workloadIdentityToken = await mintForJwt(used.subject, 'agent', issuer.token('alice'))
    await ask({ oauth2Flow, workloadIdentityToken, resourceCredentialProviderName: name })
    expect(lastRequest()).not.toHaveProperty('client_id')
    expect(lastRequest().authorization).toBeUndefined()
  })

  test('RFC 7523: the JWT is the assertion', async () => {
    const userToken = issuer.token('alice')
    await ask({
      oauth2Flow,
      workloadIdentityToken: await mintForJwt(used.subject, 'agent', userToken),
      resourceCredentialProviderName: await customProvider({
        onBehalfOfTokenExchangeConfig: { grantType: 'JWT_AUTHORIZATION_GRANT' },
      }),
    })
    expect(lastRequest()).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: userToken,
      scope: 'read',
      authorization: BASIC,
    })
  })

  test('Microsoft’s is built in', async () => {
    const workloadIdentityToken = await mintForJwt(used.subject, 'agent', issuer.token('alice'))
    await ask({ oauth2Flow, workloadIdentityToken, resourceCredentialProviderName: 'microsoft' })
    expect(lastRequest()).toMatchObject({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      requested_token_use: 'on_behalf_of',
    })
  })

  test('refuses a user id, and a provider that is not configured for it', async () => {
    const configured = await customProvider({ onBehalfOfTokenExchangeConfig: { grantType: 'TOKEN_EXCHANGE' } })
    const userId = await mintForUserId(used.subject, 'agent', 'alice')
    const before = vendor.tokenRequests.length
    const forUserId = { oauth2Flow, workloadIdentityToken: userId, resourceCredentialProviderName: configured } as const
    expect(await refusal(ask(forUserId))).toMatchObject({ name: 'ValidationException', status: 400 })
    const jwt = await mintForJwt(used.subject, 'agent', issuer.token('alice'))
    const plain = { ...forUserId, workloadIdentityToken: jwt, resourceCredentialProviderName: await customProvider() }
    expect(await refusal(ask(plain))).toMatchObject({ name: 'ValidationException', status: 400 })
    expect(vendor.tokenRequests).toHaveLength(before)
  })
})
