import type { AccessOfAgent } from '@agent-identity/authorization'
import type { AuthorizationId, ClientAuthorization, ListedConnection } from '@agent-identity/contracts'
import { otherConsentOpenPage } from '../other-consent-open-page.ts'

export const HOSTILE = `</title><img src=x onerror="alert(1)">' onfocus=alert(1) autofocus="&lt;`
export const ESCAPED =
  '&lt;/title&gt;&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&#39; onfocus=alert(1) autofocus=&quot;&amp;lt;'

export const alice = { subject: 'alice-sub', name: 'Alice Example', email: 'alice@example.com' }
export const now = Date.parse('2026-05-15T10:00:00Z')

export const connection = (overrides: Partial<ListedConnection> = {}): ListedConnection => ({
  provider: 'github',
  displayName: 'GitHub',
  status: 'connected',
  scopes: ['Read your profile'],
  account: 'alice',
  connectedAt: '2026-05-14T09:30:00.000Z',
  ...overrides,
})

export const access = (overrides: Partial<AccessOfAgent> = {}): AccessOfAgent => ({
  provider: 'time-off',
  displayName: 'Time Off',
  credential: 'on-behalf-of',
  scopes: ['See days off'],
  ...overrides,
})

export const askedByClient = (overrides: Partial<ClientAuthorization> = {}): ClientAuthorization => ({
  provider: 'github',
  displayName: 'GitHub',
  clientId: 'editor',
  clientName: 'Editor',
  scopes: ['See your private repositories'],
  startUrl: `/authorizations/${'r'.repeat(22)}/start`,
  expiresAt: '2026-05-15T10:10:00.000Z',
  ...overrides,
})

export const otherConsentOpen = (
  { begun = 120_000, left = 480_000, asked = 'Google Calendar' } = {},
  now = 1_900_000_000_000,
) =>
  otherConsentOpenPage({
    open: {
      authorization: 'open' as AuthorizationId,
      displayName: 'GitHub',
      createdAt: now - begun,
      expiresAt: now + left,
    },
    asked: { id: 'asked' as AuthorizationId, displayName: asked },
    now,
  })
