import type { AgentWorkloadEnvironment, ProviderId } from '@agent-identity/contracts'
import { createGitHub, type GitHub } from './github.ts'
import { createGoogleCalendar, type GoogleCalendar } from './google-calendar.ts'
import { createProfile, type Profile } from './profile.ts'

/** The APIs behind the providers: whose address is configured, is there. */
export interface Vendors {
  github?: GitHub
  googleCalendar?: GoogleCalendar
  profile?: Profile
  /** The name under which the user knows the account; nothing when the vendor does not say. */
  accountOf(provider: ProviderId, accessToken: string): Promise<string | undefined>
}

/** A courtesy is not waited for as long as work is, in milliseconds. */
const ACCOUNT_TIMEOUT_MS = 3_000

export function createVendors(
  settings: Pick<
    AgentWorkloadEnvironment,
    'VENDOR_TIMEOUT_MS' | 'GITHUB_API_URL' | 'GOOGLE_CALENDAR_API_URL' | 'PROFILE_API_URL'
  >,
): Vendors {
  const { VENDOR_TIMEOUT_MS: timeoutMs, GITHUB_API_URL, GOOGLE_CALENDAR_API_URL, PROFILE_API_URL } = settings
  const github = GITHUB_API_URL ? createGitHub({ url: GITHUB_API_URL, timeoutMs }) : undefined
  const googleCalendar = GOOGLE_CALENDAR_API_URL
    ? createGoogleCalendar({ url: GOOGLE_CALENDAR_API_URL, timeoutMs })
    : undefined
  const profile = PROFILE_API_URL ? createProfile({ url: PROFILE_API_URL, timeoutMs }) : undefined
  const accounts: Record<
    ProviderId,
    (accessToken: string, signal: AbortSignal) => Promise<string | undefined> | undefined
  > = {
    github: (accessToken, signal) => github?.login(accessToken, signal),
    'google-calendar': (accessToken, signal) => googleCalendar?.id(accessToken, signal),
    profile: (accessToken, signal) => profile?.account(accessToken, signal),
  }

  return {
    ...(github ? { github } : {}),
    ...(googleCalendar ? { googleCalendar } : {}),
    ...(profile ? { profile } : {}),
    async accountOf(provider, accessToken) {
      return accounts[provider](accessToken, AbortSignal.timeout(ACCOUNT_TIMEOUT_MS))?.catch(() => undefined)
    },
  }
}
