import { describe, expect, test } from '@jest/globals'
import {
  type AuthorizationServer,
  credentialProviderInput,
  type ExchangingServer,
  parametersOf,
  withParameters,
} from './authorization-server.ts'

const client = { clientId: 'id', clientSecret: 'secret' }
const registerAt = 'your app'
const endpoints = {
  issuer: 'https://{domain}/',
  authorizationEndpoint: 'https://{domain}/authorize',
  tokenEndpoint: 'https://{domain}/oauth/token',
}

describe('AgentCore’s configuration of an authorization server', () => {
  test.each<[string, AuthorizationServer | ExchangingServer, Record<string, string>, unknown]>([
    ['a vendor', { vendor: 'GithubOauth2', registerAt }, {}, { githubOauth2ProviderConfig: client }],
    [
      'a tenant of Microsoft',
      { vendor: 'MicrosoftOauth2', tenantId: '{tenant}', registerAt },
      { tenant: 't-1' },
      { microsoftOauth2ProviderConfig: { ...client, tenantId: 't-1' } },
    ],
    [
      'a customer of Auth0',
      { vendor: 'Auth0Oauth2', endpoints, registerAt },
      { domain: 'x.eu.auth0.com' },
      {
        includedOauth2ProviderConfig: {
          ...client,
          issuer: 'https://x.eu.auth0.com/',
          authorizationEndpoint: 'https://x.eu.auth0.com/authorize',
          tokenEndpoint: 'https://x.eu.auth0.com/oauth/token',
        },
      },
    ],
    [
      'a vendor without a server for each customer',
      { vendor: 'NotionOauth2', registerAt },
      {},
      { includedOauth2ProviderConfig: client },
    ],
    [
      'any other, by its discovery document',
      { vendor: 'CustomOauth2', discoveryUrl: 'https://as.example/.well-known/openid-configuration', registerAt },
      {},
      {
        customOauth2ProviderConfig: {
          ...client,
          oauthDiscovery: { discoveryUrl: 'https://as.example/.well-known/openid-configuration' },
        },
      },
    ],
    [
      'any other, by its endpoints',
      { vendor: 'CustomOauth2', endpoints, clientAuthenticationMethod: 'CLIENT_SECRET_POST', registerAt },
      { domain: 'as.example' },
      {
        customOauth2ProviderConfig: {
          ...client,
          clientAuthenticationMethod: 'CLIENT_SECRET_POST',
          oauthDiscovery: {
            authorizationServerMetadata: {
              issuer: 'https://as.example/',
              authorizationEndpoint: 'https://as.example/authorize',
              tokenEndpoint: 'https://as.example/oauth/token',
            },
          },
        },
      },
    ],
    [
      'a server that exchanges tokens',
      { vendor: 'CustomOauth2', endpoints, exchange: 'TOKEN_EXCHANGE' },
      { domain: 'as.example' },
      {
        customOauth2ProviderConfig: {
          ...client,
          oauthDiscovery: expect.anything(),
          onBehalfOfTokenExchangeConfig: {
            grantType: 'TOKEN_EXCHANGE',
            tokenExchangeGrantTypeConfig: { actorTokenContent: 'NONE' },
          },
        },
      },
    ],
    [
      'a server that accepts an assertion',
      { vendor: 'CustomOauth2', endpoints, exchange: 'JWT_AUTHORIZATION_GRANT' },
      { domain: 'as.example' },
      {
        customOauth2ProviderConfig: {
          ...client,
          oauthDiscovery: expect.anything(),
          onBehalfOfTokenExchangeConfig: { grantType: 'JWT_AUTHORIZATION_GRANT' },
        },
      },
    ],
  ])('%s', (_what, server, parameters, input) => {
    expect(credentialProviderInput(withParameters(server, parameters), client)).toEqual(input)
  })
})

test('each parameter is required once, and a missing one is an error', () => {
  const server: AuthorizationServer = { vendor: 'OktaOauth2', endpoints, registerAt }
  expect(parametersOf(server)).toEqual(['domain'])
  for (const given of [{}, { tenant: 'x' }])
    expect(() => withParameters(server, given)).toThrow('The parameter domain is not given')
  expect(() => withParameters('{constructor}', {})).toThrow('The parameter constructor is not given')
})
