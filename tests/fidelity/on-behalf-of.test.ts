import { sendRaw } from '@agent-identity/operations/unusual-requests'
import type { GetResourceOauth2TokenRequest } from '@aws-sdk/client-bedrock-agentcore'
import { CreateOauth2CredentialProviderCommand } from '@aws-sdk/client-bedrock-agentcore-control'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { BASIC, directGrants } from './support/direct-grants.ts'
import { mintForJwt, mintForUserId, refusal } from './support/flow.ts'
import { Issuer } from './support/issuer.ts'
import { useEmulator } from './support/subject.ts'
import { json, Vendor } from './support/vendor.ts'

const vendor = new Vendor()
const issuer = new Issuer()
beforeAll(() => Promise.all([vendor.start(), issuer.start()]))
afterAll(() => Promise.all([vendor.close(), issuer.close()]))
const used = useEmulator(() => ({
  workloadIdentities: [{ name: 'agent' }],
  oauth2CredentialProviders: [
    {
      name: 'microsoft',
      credentialProviderVendor: 'MicrosoftOauth2',
      oauth2ProviderConfigInput: { microsoftOauth2ProviderConfig: { clientId: 'client', clientSecret: 'secret' } },
      endpoints: vendor.endpoints,
    },
  ],
}))
const { ask, customProvider, lastRequest } = directGrants(vendor, () => used.subject)

describe('ON_BEHALF_OF_TOKEN_EXCHANGE (devguide, on-behalf-of-token-exchange)', () => {
  const oauth2Flow = 'ON_BEHALF_OF_TOKEN_EXCHANGE'
  const JWT = 'urn:ietf:params:oauth:token-type:jwt'

  test('RFC 8693: the user’s JWT is the subject, and the token is kept for this user', async () => {
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

  test('NO_CLIENT omits the client', async () => {
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
