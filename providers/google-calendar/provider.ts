import { type ProviderDefinition, revokeByRfc7009 } from '@agent-identity/provider-kit'
import { EMAIL_SCOPE, READ_SCOPE, WRITE_SCOPE } from './scopes.ts'

export const googleCalendar: ProviderDefinition = {
  id: 'google-calendar',
  displayName: 'Google Calendar',
  suggestions: ['What is on my calendar today?', 'Add Lunch at 12:30 to my calendar'],
  credential: 'user',
  authorizationServer: {
    vendor: 'GoogleOauth2',
    registerAt: 'your OAuth client (Google Cloud console, Credentials, Authorized redirect URIs)',
  },
  // The e-mail address names the account.
  baseScopes: [EMAIL_SCOPE, READ_SCOPE],
  scopeDescriptions: {
    [EMAIL_SCOPE]: 'See your e-mail address',
    [READ_SCOPE]: 'See the events in your calendars',
    [WRITE_SCOPE]: 'Add, change and remove events in your calendars',
  },
  includedScopes: { [WRITE_SCOPE]: [READ_SCOPE] },
  // Google issues a refresh token for `offline` only, and again only after a new consent.
  customParameters: { access_type: 'offline', prompt: 'consent' },
  // With the chooser alone Google might ask for no consent, and issue no refresh token.
  accountChoice: { hint: 'login_hint', chooser: { prompt: 'consent select_account' } },
  // Revoking any token ends the whole grant ("Using OAuth 2.0 for Web Server Applications", Revoking a token).
  revocation: {
    by: 'token',
    url: 'https://oauth2.googleapis.com/revoke',
    revoke: revokeByRfc7009,
  },
  apiUrl: 'https://www.googleapis.com',
  atWork: async (settings) => (await import('./tools.ts')).googleCalendarAtWork(settings),
}
