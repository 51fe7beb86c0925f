import type { CredentialKind, OfferedProvider, OfferedProviders } from '@agent-identity/contracts'

const READ = 'https://www.googleapis.com/auth/calendar.readonly'
const WRITE = 'https://www.googleapis.com/auth/calendar.events'

const provider = (
  id: string,
  displayName: string,
  scopes: Record<string, string>,
  base: string[],
  credential: CredentialKind = 'user',
): OfferedProvider => ({
  id,
  displayName,
  credential,
  baseScopes: base,
  scopeDescriptions: scopes,
  customParameters: {},
  revocation: { by: 'token' },
  credentialProvider: `${id}-provider`,
  readOnly: id === 'profile',
})

export const OFFERED: OfferedProviders = new Map(
  [
    provider('github', 'GitHub', { 'read:user': 'Read your profile', repo: 'Read and write' }, ['read:user', 'repo']),
    provider('profile', 'A profile', { openid: 'Know you' }, ['openid']),
    provider('google-calendar', 'Google Calendar', { [READ]: 'See', [WRITE]: 'Change' }, [READ]),
    provider('hours', 'Hours', { 'hours:read': 'See', 'hours:write': 'Change' }, [], 'on-behalf-of'),
    provider('status', 'Status', { 'status:read': 'See' }, [], 'machine'),
    provider('stock', 'Stock', { 'stock:read': 'See' }, [], 'api-key'),
  ].map((one) => [one.id, one]),
)
