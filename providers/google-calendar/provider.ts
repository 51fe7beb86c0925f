import { type ProviderDefinition, revokeByRfc7009 } from '@agent-identity/provider-kit'
import { EMAIL_SCOPE, READ_SCOPE, WRITE_SCOPE } from './scopes.ts'

export const googleCalendar: ProviderDefinition = {
  id: 'google-calendar',
  displayName: 'Google Calendar',
  credential: 'user',
  authorizationServer: {
    vendor: 'GoogleOauth2',
    registerAt: 'your OAuth client (Google Cloud console, Credentials, Authorized redirect URIs)',
  },
  // The e-mail address names the account. Google may show a box for each of the other scopes, which a user may leave empty.
  baseScopes: [EMAIL_SCOPE, READ_SCOPE],
  scopeDescriptions: {
    [EMAIL_SCOPE]: 'See your e-mail address',
    [READ_SCOPE]: 'See the events in your calendars',
    [WRITE_SCOPE]: 'Add, change and remove events in your calendars',
  },
  includedScopes: { [WRITE_SCOPE]: [READ_SCOPE] },
  // Google issues a refresh token only for `offline`, and once more only after a new consent.
  customParameters: { access_type: 'offline', prompt: 'consent' },
  // `prompt` is one string: with the chooser alone Google might ask for no consent, and then issue no refresh token.
  accountChoice: { hint: 'login_hint', chooser: { prompt: 'consent select_account' } },
  // The whole grant ends with any of its tokens ("Using OAuth 2.0 for Web Server Applications", Revoking a token).
  revocation: {
    by: 'token',
    url: 'https://oauth2.googleapis.com/revoke',
    revoke: revokeByRfc7009,
    accessTokenSeconds: 3_600,
  },
  apiUrl: 'https://www.googleapis.com',
  atWork: async (settings) => (await import('./tools.ts')).googleCalendarAtWork(settings),
}
