import type { ProviderDefinition } from '@agent-identity/provider-kit'

/**
 * An example of your own company's API: its authorization server exchanges the user's sign-in token (RFC 8693). Not tested live. A token
 * exchange through AgentCore without an actor was seen live (2026).
 */
export const timeOff: ProviderDefinition = {
  id: 'time-off',
  displayName: 'Time Off',
  suggestions: ['Show my days off'],
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
  // Base scopes make a consent cover later calls, and here is no consent.
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
