import type { ProviderDefinition } from '@agent-identity/provider-kit'

/**
 * An example of your own company's API: the agent has its own token (client credentials, RFC 6749 §4.4). Not tested live. Client
 * credentials through AgentCore Gateway were seen live (2026).
 */
export const serviceStatus: ProviderDefinition = {
  id: 'service-status',
  displayName: 'Service Status',
  suggestions: ['Which services are up?'],
  credential: 'machine',
  authorizationServer: {
    vendor: 'CustomOauth2',
    endpoints: {
      issuer: 'https://login.{domain}',
      authorizationEndpoint: 'https://login.{domain}/authorize',
      tokenEndpoint: 'https://login.{domain}/token',
    },
    clientAuthenticationMethod: 'CLIENT_SECRET_BASIC',
  },
  baseScopes: [],
  scopeDescriptions: { 'status:read': 'See which services of the company are disturbed' },
  customParameters: {},
  apiUrl: 'https://status.{domain}/v1',
  atWork: async (settings) => (await import('./tools.ts')).serviceStatusAtWork(settings),
}
