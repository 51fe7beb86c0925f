import { z } from 'zod'

export const ProviderId = z.enum(['github', 'google-calendar'])
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
}

/** Scopes as they are compared, stored and sent: each once, sorted. */
export function normalizeScopes(...scopes: (readonly string[])[]): string[] {
  return [...new Set(scopes.flat())].sort()
}
