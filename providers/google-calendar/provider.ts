import type { ProviderDefinition } from '@agent-identity/provider-kit'
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
  apiUrl: 'https://www.googleapis.com',
  atWork: async (settings) => (await import('./tools.ts')).googleCalendarAtWork(settings),
}
