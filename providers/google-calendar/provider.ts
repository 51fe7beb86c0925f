import { type ProviderDefinition, revokeByRfc7009 } from '@agent-identity/provider-kit'
import { READ_SCOPE, WRITE_SCOPE } from './scopes.ts'

export const googleCalendar: ProviderDefinition = {
  id: 'google-calendar',
  displayName: 'Google Calendar',
  credential: 'user',
  authorizationServer: {
    vendor: 'GoogleOauth2',
    registerAt: 'your OAuth client (Google Cloud console, Credentials, Authorized redirect URIs)',
  },
  baseScopes: [READ_SCOPE],
  scopeDescriptions: {
    [READ_SCOPE]: 'See your calendars and their events',
    [WRITE_SCOPE]: 'Add, change and remove events in your calendars',
  },
  // Without them Google issues no refresh token, and the user consents again every hour.
  customParameters: { access_type: 'offline', prompt: 'consent' },
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
