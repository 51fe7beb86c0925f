import type { AccessOfAgent } from '@agent-identity/authorization'
import { type ClientAuthorization, type ConnectionId, ConnectionStatus } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { connectionsPage } from './connections-page.ts'
import { access, alice, askedByClient, connection, ESCAPED, HOSTILE, now } from './test-support/page-contents.ts'

describe('the page of connected accounts', () => {
  test.each(ConnectionStatus.options)('has a row in words for %s, readable without JavaScript', (status) => {
    const disconnectedAt = '2026-05-14T10:00:00.000Z'
    const page = connectionsPage({ now, user: alice, connections: [connection({ status, disconnectedAt })] })
    expect(page).toMatch(new RegExp(`<tr role="row"[^>]* data-status="${status}">`))
    expect(page).toMatch(/<span data-slot="status">[A-Z][a-z ,]+<\/span>/)
    expect(page).toContain('<li>Read your profile</li>')
    expect(page).toContain('14 May 2026')
    expect(page).toContain('<noscript>')
  })

  test('says what it was used for, when and by whom, which scopes are missing, and until when the user may consent', () => {
    const client = { clientId: 'https://editor.example/', clientName: 'Editor' }
    const uses = [
      { does: 'listed events', usedAt: '2026-05-15T09:30:00.000Z' },
      { does: 'added an event', usedAt: '2026-05-14T09:30:00.000Z', client },
    ]
    const page = connectionsPage({
      now,
      user: alice,
      connections: [
        connection({ uses, missing: ['Open issues'], isDefault: true, pendingUntil: '2026-05-15T10:10:00.000Z' }),
        connection({ accountId: 'bbbbbbbbbbb' as ConnectionId, isDefault: false }),
      ],
    })
    expect(page).toContain('<li>Last used by the agent: listed events, today 09:30 UTC</li>')
    expect(page).toContain(
      '<li>Last used by Editor (https://editor.example/): added an event, yesterday 09:30 UTC</li>',
    )
    expect(page).toContain('<li>Open issues</li>')
    expect(page).toContain('Until today 10:10 UTC')
    expect(page.match(/class="badge">Default/g)).toHaveLength(1)
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test.each<[ConnectionStatus, boolean]>([
    ['not_connected', true],
    ['disconnected', true],
    ['consent_pending', true],
    ['wrong_account', false],
  ])('%s: says before "Connect" what it asks for: %s', (status, isSaid) => {
    const asks = ['See your repositories']
    const page = connectionsPage({ now, user: alice, connections: [connection({ status, scopes: [], asks })] })
    const [row = ''] = /<tr role="row"[^>]* data-status="[^"]+">.*?<\/tr>/s.exec(page) ?? []
    expect(row.includes('<li>See your repositories</li>')).toBe(isSaid)
    expect(row).toMatch(isSaid ? /<div data-slot="asks"><p>Connect asks for:/ : /<div data-slot="asks" hidden>/)
    expect(row.indexOf('data-slot="asks"')).toBeLessThan(row.indexOf('data-slot="action"'))
  })

  test('says where another account came which one was expected, and has "Use it"', () => {
    const wrong = connection({ status: 'wrong_account', askedAccount: 'alice@work', account: 'bob@home' })
    const page = connectionsPage({ now, user: alice, connections: [wrong] })
    expect(page).toContain('You asked for alice@work, bob@home was connected.')
    expect(page).toContain('>Use it</button>')
    expect(page).not.toContain('Not the right one')
  })

  test('escapes an account’s name, and changes nothing else of it', () => {
    expect(connectionsPage({ now, user: alice, connections: [connection({ account: HOSTILE })] })).toContain(ESCAPED)
  })
})

describe('what the MCP clients of its user ask for', () => {
  const page = (askedByClients?: ClientAuthorization[]) =>
    connectionsPage({ now, user: alice, connections: [], askedByClients })
  /** The template has a link, too. */
  const shown = (text: string) => text.slice(0, text.indexOf('<template>'))

  test('is shown with its client, what it needs, until when, and a link that works without a script', () => {
    const text = shown(page([askedByClient()]))
    expect(text).toContain('<section id="asked-by-clients" aria-labelledby="asked-by-clients-heading">')
    expect(text).toContain('<bdi data-slot="name">Editor</bdi>')
    expect(text).toContain('<code data-slot="client">editor</code>')
    expect(text).toContain('<li>See your private repositories</li>')
    expect(text).toContain('Until today 10:10 UTC')
    expect(text).toContain(`href="/authorizations/${'r'.repeat(22)}/start">Connect <span data-slot="service">GitHub`)
  })

  test('is shown without a list where the provider has no scopes', () => {
    expect(shown(page([askedByClient()]))).toContain('<span data-slot="needs">, and needs:')
    const without = shown(page([askedByClient({ scopes: [] })]))
    expect(without).toContain('<span data-slot="needs" hidden>')
    expect(without).toContain('<ul data-slot="scopes" hidden>')
  })

  test('is hidden while there is nothing, and not on the page where there is no MCP server', () => {
    expect(page([])).toMatch(/<section id="asked-by-clients"[^>]* hidden>/)
    expect(page()).not.toContain('id="asked-by-clients"')
  })
})

describe('what the agent has without its user', () => {
  const page = (...withoutConsent: AccessOfAgent[]) =>
    connectionsPage({ now, user: alice, connections: [], withoutConsent })

  test.each([
    ['on-behalf-of', 'the agent acts as you'],
    ['machine', 'own, the same for every user'],
    ['api-key', 'A key of the agent’s, the same for every user'],
  ] as const)('is said in words for %s, with nothing to connect', (credential, words) => {
    const shown = page(access({ credential }))
    expect(shown).toContain('<h2 id="without-consent-heading">What the agent has without you</h2>')
    expect(shown).toContain(words)
    expect(shown).toContain('<li>See days off</li>')
    expect(shown).not.toContain('<button type="button"')
  })

  test('has the switch where something can be changed, and no section where there is nothing', () => {
    expect(page(access({ askFirst: true }))).toMatch(/role="switch"[^>]* checked/)
    expect(page(access())).not.toContain('role="switch"')
    expect(page()).not.toContain('without-consent')
  })
})
