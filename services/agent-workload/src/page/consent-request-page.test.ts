import type { ConsentRequest } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { consentRequestPage } from './consent-request-page.ts'

test('the page before an MCP client’s consent says that every program with its client id can use it', () => {
  const asked = { displayName: 'GitHub', clientId: 'mcp-client', clientName: 'Editor', provider: 'github', scopes: '' }
  const page = String(
    consentRequestPage({
      asked: { id: 'one', ...asked } as unknown as ConsentRequest,
      user: { subject: 'alice-sub', name: 'Alice' },
      offered: new Map(),
    }),
  )
  expect(page).toContain(
    'It calls itself <strong><bdi>Editor</bdi></strong>. Its client id is <code>mcp-client</code>.',
  )
  expect(page).toContain('Every program with this client id can use the connection')
})

test.each([
  ['lists what is needed', 'repo', true],
  ['begins no list where the provider has no scopes', '', false],
])('the page before an MCP client’s consent %s', (_what, scopes, lists) => {
  const asked = { id: 'one', displayName: 'GitHub', clientId: 'mcp-client', provider: 'github', scopes }
  const user = { subject: 'alice-sub', name: 'Alice' }
  const page = String(consentRequestPage({ asked: asked as unknown as ConsentRequest, user, offered: new Map() }))
  expect([page.includes('needs these permissions'), page.includes('<ul>')]).toEqual([lists, lists])
})
