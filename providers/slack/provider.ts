import type { ProviderDefinition } from '@agent-identity/provider-kit'

/** Not tried live: that AgentCore's parameters suit Slack's endpoints for user tokens is taken from their documents. */
export const slack: ProviderDefinition = {
  id: 'slack',
  displayName: 'Slack',
  credential: 'user',
  // Not SlackOauth2: AgentCore keeps the token of the app's bot then. These endpoints yield the user's token alone.
  authorizationServer: {
    vendor: 'CustomOauth2',
    endpoints: {
      issuer: 'https://slack.com',
      authorizationEndpoint: 'https://slack.com/oauth/v2_user/authorize',
      tokenEndpoint: 'https://slack.com/api/oauth.v2.user.access',
    },
    // The one method that Slack's metadata names (mcp.slack.com/.well-known/oauth-authorization-server).
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
  apiUrl: 'https://slack.com/api',
  atWork: async (settings) => (await import('./tools.ts')).slackAtWork(settings),
}
