import type { Authorization, Connection, ConnectionsAt, OfferedProvider } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { clientAuthorizationPage } from './client-authorization-page.ts'
import { alice, ESCAPED, HOSTILE } from './test-support/page-contents.ts'

const id = 'a'.repeat(22)
const client = { clientId: 'mcp-client', clientName: 'Editor' }
const github = {
  ...{ id: 'github', displayName: 'GitHub', baseScopes: ['read:user'] },
  scopeDescriptions: { 'read:user': 'Read your profile', repo: 'Read and write' },
} as unknown as OfferedProvider
const withoutScopes = { ...github, baseScopes: [] }
const never: ConnectionsAt = { generation: 0, floor: 0, connections: [], left: [] }

const connection = (more: object): ConnectionsAt => ({
  ...never,
  connections: [{ id: 'connection1', account: '1', granted: '', ...more } as unknown as Connection],
})
const live = connection({ status: 'connected', entry: {} })
const ended = connection({ status: 'disconnected', endedAt: Date.parse('2026-05-14T10:00:00Z') })

function pageOf({ provider = github, scopes = 'repo', at = never, by = client } = {}): string {
  const waits = scopes === '' ? [] : [{ waiter: 'one', scopes }]
  const authorization = { id, provider: 'github', displayName: 'GitHub', client: by, waits } as unknown as Authorization
  return clientAuthorizationPage({ authorization, at, user: alice, offered: new Map([['github', provider]]) })
}

describe('the page before the consent that an MCP client has asked for', () => {
  test('says that every program with its client id can use it', () => {
    const page = pageOf()
    expect(page).toContain(
      'It calls itself <strong><bdi>Editor</bdi></strong>. Its client id is <code>mcp-client</code>.',
    )
    expect(page).toContain('Every program with this client id can use the connection')
  })

  test('lists in words what will be asked for, and leads to it', () => {
    const page = pageOf()
    expect(page).toContain('needs these permissions')
    expect(page.match(/<li>[^<]+/g)).toEqual(['<li>Read your profile', '<li>Read and write'])
    expect(page).toContain(`<a class="button" href="/authorizations/${id}/start?confirmed=yes">Connect GitHub</a>`)
    expect(page).toContain('GitHub will be connected to <strong>Alice Example (alice@example.com)</strong>')
  })

  test('begins no list where the provider has no scopes', () => {
    const page = pageOf({ provider: withoutScopes, scopes: '' })
    expect([page.includes('needs these permissions'), page.includes('<ul>')]).toEqual([false, false])
  })

  test('says when its user has disconnected the account before, unless one is connected', () => {
    expect(pageOf({ at: ended })).toContain('You disconnected GitHub on 14 May 2026.')
    const both = { ...never, connections: [...ended.connections, ...live.connections] }
    for (const at of [never, live, both]) expect(pageOf({ at })).not.toContain('You disconnected')
  })

  test('shows what the client says of itself as text', () => {
    const page = pageOf({ by: { clientId: HOSTILE, clientName: HOSTILE } })
    expect([page.split(ESCAPED).length - 1, page.includes('<img')]).toEqual([2, false])
  })
})
