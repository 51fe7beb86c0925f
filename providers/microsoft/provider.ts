import type { ProviderDefinition } from '@agent-identity/provider-kit'

/** The calls follow Microsoft's documentation and were not tested live. */
export const microsoft: ProviderDefinition = {
  id: 'microsoft',
  displayName: 'Microsoft 365',
  suggestions: ['List my Outlook events'],
  credential: 'user',
  authorizationServer: {
    vendor: 'MicrosoftOauth2',
    // The directory's id; `organizations` or `common` if users of other directories may connect.
    tenantId: '{tenant}',
    registerAt: 'your app (Entra admin center, App registrations, Authentication, Web)',
  },
  // Without offline_access Microsoft issues no refresh token.
  baseScopes: ['User.Read', 'Calendars.ReadBasic', 'offline_access'],
  scopeDescriptions: {
    'User.Read': 'Read your name and address',
    'Calendars.ReadBasic': 'See the events in your calendars',
    offline_access: 'Keep this access while you are away',
  },
  customParameters: {},
  accountChoice: { hint: 'login_hint', chooser: { prompt: 'select_account' } },
  // Entra ID can end no single access token. The longest lifetime that can be configured is a day.
  revocation: { by: 'impossible' },
  apiUrl: 'https://graph.microsoft.com/v1.0',
  atWork: async (settings) => (await import('./tools.ts')).microsoftAtWork(settings),
}
