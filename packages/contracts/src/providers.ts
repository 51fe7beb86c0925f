import { z } from 'zod'

export const ProviderId = z.enum(['github', 'google-calendar', 'profile'])
export type ProviderId = z.infer<typeof ProviderId>

/** A resource that the agent can act at, and how its authorization server is asked. */
export interface Provider {
  displayName: string
  /** Asked together at the first connection, so that several tools cost one consent. */
  baseScopes: readonly string[]
  /** Every scope that may be asked for, in words for the person who consents. */
  scopeDescriptions: Readonly<Record<string, string>>
  /** Constant per provider: they take part in the token vault's lookup, so a second map would look like a missing consent. */
  customParameters: Readonly<Record<string, string>>
  /** No tool changes anything there, so its users are not offered to be asked first. */
  readOnly?: true
}

export const PROVIDERS: Readonly<Record<ProviderId, Provider>> = {
  github: {
    displayName: 'GitHub',
    baseScopes: ['read:user', 'repo'],
    scopeDescriptions: {
      'read:user': 'Read your profile',
      repo: 'Read and write your repositories and their issues',
    },
    customParameters: {},
  },
  'google-calendar': {
    displayName: 'Google Calendar',
    baseScopes: ['https://www.googleapis.com/auth/calendar.readonly'],
    scopeDescriptions: {
      'https://www.googleapis.com/auth/calendar.readonly': 'See your calendars and their events',
      'https://www.googleapis.com/auth/calendar.events': 'Add, change and remove events in your calendars',
    },
    // Without them Google issues no refresh token, and the user consents again every hour.
    customParameters: { access_type: 'offline', prompt: 'consent' },
  },
  /** The user's own record in the user pool that they sign in at: a first deployment needs nobody else's OAuth app. */
  profile: {
    displayName: 'Amazon Cognito',
    readOnly: true,
    baseScopes: ['openid', 'profile', 'email'],
    scopeDescriptions: {
      openid: 'Know which user you are',
      profile: 'Read your name and username',
      email: 'Read your e-mail address',
    },
    // Cognito asks for no consent, and who is signed in there already would not see anything at all: signing in anew is the consent.
    customParameters: { prompt: 'login' },
  },
}

/** Scopes as they are compared, stored and sent: each once, sorted. */
export function normalizeScopes(...scopes: (readonly string[])[]): string[] {
  return [...new Set(scopes.flat())].sort()
}

/**
 * What a user is asked for: the provider's base set and these, as far as the catalogue has them. A record that names another
 * scope, however it came by it, does not choose what is asked.
 */
export function scopesToAsk(provider: ProviderId, ...scopes: (readonly string[])[]): string[] {
  return normalizeScopes(PROVIDERS[provider].baseScopes, ...scopes).filter((scope) => isInCatalogue(provider, scope))
}

export const isInCatalogue = (provider: ProviderId, scope: string): boolean =>
  Object.hasOwn(PROVIDERS[provider].scopeDescriptions, scope)
