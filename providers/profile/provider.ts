import type { ProviderDefinition } from '@agent-identity/provider-kit'
import { BASE_SCOPES } from './scopes.ts'

/** The user's own record in the user pool of the sign-in: a first deployment needs no OAuth app. */
export const profile: ProviderDefinition = {
  id: 'profile',
  displayName: 'Amazon Cognito',
  suggestions: ['What is in my profile?'],
  credential: 'user',
  authorizationServer: { vendor: 'CognitoOauth2', client: 'of-the-sign-in' },
  baseScopes: BASE_SCOPES,
  scopeDescriptions: {
    openid: 'Know which user you are',
    profile: 'Read your name and username',
    email: 'Read your e-mail address',
  },
  // Cognito asks for no consent: signing in again takes its place.
  customParameters: { prompt: 'login' },
  // Cognito's /oauth2/revoke takes refresh tokens only, which AgentCore does not return. An access token lasts a day at most.
  revocation: { by: 'impossible' },
  apiUrl: 'user-info',
  atWork: async (settings) => (await import('./tools.ts')).profileAtWork(settings),
}
