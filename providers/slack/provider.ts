import type { ProviderDefinition } from '@agent-identity/provider-kit'
import { revokeAtSlack } from './revocation.ts'

/** Not tested live. */
export const slack: ProviderDefinition = {
  id: 'slack',
  displayName: 'Slack',
  suggestions: ['List my Slack channels'],
  credential: 'user',
  // Not SlackOauth2: with it AgentCore stores the token of the app's bot.
  authorizationServer: {
    vendor: 'CustomOauth2',
    endpoints: {
      issuer: 'https://slack.com',
      authorizationEndpoint: 'https://slack.com/oauth/v2_user/authorize',
      tokenEndpoint: 'https://slack.com/api/oauth.v2.user.access',
    },
    // The only method in mcp.slack.com/.well-known/oauth-authorization-server
    clientAuthenticationMethod: 'CLIENT_SECRET_POST',
    registerAt:
      'your app (api.slack.com/apps, OAuth & Permissions, Redirect URLs), with both scopes as User Token Scopes',
  },
  baseScopes: ['channels:read'],
  scopeDescriptions: {
    'channels:read': 'See the public channels that you are in',
    'chat:write': 'Post messages as you',
  },
  customParameters: {},
  revocation: { by: 'token', url: 'https://slack.com/api/auth.revoke', revoke: revokeAtSlack },
  apiUrl: 'https://slack.com/api',
  atWork: async (settings) => (await import('./tools.ts')).slackAtWork(settings),
}
