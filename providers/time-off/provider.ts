import type { ProviderDefinition } from '@agent-identity/provider-kit'

/**
 * An example of an API of your own company that knows its users by the same sign-in: its authorization server takes the token that the
 * user has signed in with, and gives one for this API (RFC 8693). Nobody is asked anything. The addresses are made up, and it was not
 * tried live; a token exchange through AgentCore without an actor was (2026).
 */
export const timeOff: ProviderDefinition = {
  id: 'time-off',
  displayName: 'Time Off',
  credential: 'on-behalf-of',
  authorizationServer: {
    vendor: 'CustomOauth2',
    endpoints: {
      issuer: 'https://login.{domain}',
      authorizationEndpoint: 'https://login.{domain}/authorize',
      tokenEndpoint: 'https://login.{domain}/token',
    },
    clientAuthenticationMethod: 'CLIENT_SECRET_BASIC',
    exchange: 'TOKEN_EXCHANGE',
  },
  // A call asks for what it needs: no consent has to cover the next one.
  baseScopes: [],
  scopeDescriptions: {
    'time-off:read': 'See how many days off you have left',
    'time-off:request': 'Ask for days off as you',
  },
  customParameters: {},
  audiences: ['time-off'],
  apiUrl: 'https://time-off.{domain}/v1',
  atWork: async (settings) => (await import('./tools.ts')).timeOffAtWork(settings),
}
