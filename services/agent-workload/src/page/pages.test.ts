import type { AccessOfAgent } from '@agent-identity/authorization'
import {
  type AuthorizationId,
  type Connection,
  type ConnectionId,
  ConnectionStatus,
  type PendingAuthorization,
} from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { chatPage } from './chat-page.ts'
import { connectionsPage } from './connections-page.ts'
import { homePage } from './home-page.ts'
import { cannotStartPage, notFoundPage, problemPage, signedOutPage, signInFailedPage } from './notice-pages.ts'
import { otherConsentOpenPage } from './other-consent-open-page.ts'

const HOSTILE = `</title><img src=x onerror="alert(1)">' onfocus=alert(1) autofocus="&lt;`
const ESCAPED =
  '&lt;/title&gt;&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&#39; onfocus=alert(1) autofocus=&quot;&amp;lt;'

const alice = { subject: 'alice-sub', name: 'Alice Example', email: 'alice@example.com' }
const hostileUser = { subject: HOSTILE, name: HOSTILE, email: HOSTILE }
const now = Date.parse('2026-05-15T10:00:00Z')
const connection = (overrides: Partial<Connection> = {}): Connection => ({
  provider: 'github',
  displayName: 'GitHub',
  status: 'connected',
  scopes: ['Read your profile'],
  account: 'alice',
  connectedAt: '2026-05-14T09:30:00.000Z',
  ...overrides,
})

const access = (overrides: Partial<AccessOfAgent> = {}): AccessOfAgent => ({
  provider: 'time-off',
  displayName: 'Time Off',
  credential: 'on-behalf-of',
  scopes: ['See days off'],
  ...overrides,
})

const NAMES = { github: 'GitHub', 'google-calendar': 'Google Calendar' }
const record = (provider: 'github' | 'google-calendar', expiresAt: number) =>
  ({ displayName: NAMES[provider], expiresAt }) as unknown as PendingAuthorization
const otherConsentOpen = (
  { begun = 120_000, left = 480_000, asked = 'google-calendar' as 'github' | 'google-calendar' } = {},
  now = 1_900_000_000_000,
) =>
  otherConsentOpenPage({
    open: { id: 'open' as AuthorizationId, record: record('github', now + left), startedAt: now - begun },
    asked: { id: 'asked' as AuthorizationId, record: record(asked, now + 600_000) },
    now,
  })

const pages = {
  'the chat': chatPage({ user: alice }),
  'a conversation': chatPage({ user: { subject: 's', name: 'n' }, conversationId: 'c' }),
  'connected accounts': connectionsPage({ now, user: alice, connections: [connection()] }),
  'a deployment without the chat page': homePage({ user: alice }),
  'connected accounts, without the chat page': connectionsPage({
    now,
    user: alice,
    connections: [connection()],
    chat: 'off',
  }),
  'no connections': connectionsPage({ now, user: alice, connections: [] }),
  'signed out': signedOutPage(),
  'a failed sign-in': signInFailedPage(),
  'not found': notFoundPage(),
  'cannot start': cannotStartPage(),
  'another open consent': otherConsentOpen(),
  'a problem': problemPage({ title: 'A problem', advice: 'Do this.', requestId: 'r' }),
}

describe.each(Object.entries(pages))('the page of %s', (_name, page) => {
  test('is a whole document, as a primitive string', () => {
    expect(typeof page).toBe('string')
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">.*<\/html>\n$/s)
    expect(page).not.toMatch(/undefined|\[object|Promise/)
  })

  test('has one main heading and one title', () => {
    expect(page.match(/<h1>[^<]+<\/h1>/g)).toHaveLength(1)
    expect(page.match(/<title>[^<]+<\/title>/g)).toHaveLength(1)
  })

  test('contains nothing that the content security policy blocks', () => {
    expect(page).not.toMatch(/<script(?![^>]* src="\/)[^>]*>|<style|\sstyle=|\son[a-z]+=|(?:src|href)="(?!\/)/)
  })
})

test.each(['a deployment without the chat page', 'connected accounts, without the chat page'] as const)(
  '%s links to no chat',
  (name) => {
    expect(pages[name]).not.toMatch(/>Chat</)
    expect(pages['connected accounts']).toMatch(/>Chat</)
  },
)

describe('markup in a string', () => {
  test.each([
    ['the user, in the chat', chatPage({ user: hostileUser })],
    ['the user, without the chat page', homePage({ user: hostileUser })],
    ['the conversation', chatPage({ user: alice, conversationId: HOSTILE })],
    ['the user, in the connections', connectionsPage({ now, user: hostileUser, connections: [connection()] })],
    ["a connection's name", connectionsPage({ now, user: alice, connections: [connection({ displayName: HOSTILE })] })],
    ["a connection's account", connectionsPage({ now, user: alice, connections: [connection({ account: HOSTILE })] })],
    [
      'what it was used for, and by whom',
      connectionsPage({
        now,
        user: alice,
        connections: [
          connection({
            askedAccount: HOSTILE,
            status: 'wrong_account',
            missing: [HOSTILE],
            uses: [
              { does: HOSTILE, usedAt: '2026-05-14T09:30:00.000Z', client: { clientId: HOSTILE, clientName: HOSTILE } },
            ],
          }),
        ],
      }),
    ],
    ['a scope', connectionsPage({ now, user: alice, connections: [connection({ scopes: [HOSTILE] })] })],
    [
      "the agent's access",
      connectionsPage({
        now,
        user: alice,
        connections: [],
        withoutConsent: [access({ displayName: HOSTILE, scopes: [HOSTILE], askFirst: true })],
      }),
    ],
    ['a title', problemPage({ title: HOSTILE, advice: '' })],
    ['an advice', problemPage({ title: 'A problem', advice: HOSTILE })],
    ['a request id', problemPage({ title: 'A problem', advice: '', requestId: HOSTILE })],
  ])('of %s stays text', (_where, page) => {
    expect(page).not.toContain('<img')
    expect(page).not.toContain(HOSTILE)
  })
})

describe('the chat page', () => {
  test('names its parts as documented', () => {
    expect(pages['the chat']).toContain('<label for="message">Message</label>')
    expect(pages['the chat']).toMatch(/<button id="send" type="submit">Send<\/button>/)
    expect(pages['the chat']).toMatch(/role="log" aria-live="polite"/)
  })

  test('says who is signed in and signs out with a form', () => {
    expect(pages['the chat']).toContain('data-signed-in-as="Alice Example (alice@example.com)"')
    expect(pages['the chat']).toContain('<form method="post" action="/auth/sign-out">')
    expect(pages['a conversation']).toContain('data-signed-in-as="n"')
  })

  test('passes the conversation on to the client', () => {
    expect(pages['a conversation']).toContain('data-conversation-id="c"')
    expect(pages['the chat']).toContain('data-conversation-id=""')
  })
})

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
    expect(page).toContain('Last used: listed events, today 09:30 UTC</summary>')
    expect(page).toContain('<li>added an event, yesterday 09:30 UTC, by Editor (https://editor.example/)</li>')
    expect(page).toContain('<li>Open issues</li>')
    expect(page).toContain('Until today 10:10 UTC')
    expect(page.match(/class="badge">Default/g)).toHaveLength(1)
    // An id names one element.
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('escapes to exactly what was given', () => {
    expect(connectionsPage({ now, user: alice, connections: [connection({ account: HOSTILE })] })).toContain(ESCAPED)
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

describe('the page that says which other consent is open', () => {
  const page = otherConsentOpen()

  test('says which, since when and for how long', () => {
    expect(page).toContain('<h1>You are already connecting GitHub</h1>')
    expect(page).toContain('You began 2 minutes ago and have not finished yet. It stays open for 8 more minutes.')
  })

  test.each([
    [{ begun: 0, left: 600_000 }, 'a moment ago', '10 more minutes'],
    [{ begun: 59_999, left: 119_999 }, 'a moment ago', '1 more minute'],
    [{ begun: 60_000, left: 59_999 }, '1 minute ago', 'less than a minute'],
  ])('%j: begun %s, open for %s', (times, ago, left) => {
    expect(otherConsentOpen(times)).toContain(`You began ${ago} and have not finished yet. It stays open for ${left}.`)
  })

  test('has one button, in a form that needs no script, and a link to the consent that is open', () => {
    expect(page.match(/<button/g)).toHaveLength(1)
    expect(page).toContain(
      '<form method="post" action="/authorizations/asked/start-instead"><button type="submit">Go on with Google Calendar</button></form>',
    )
    expect(page).toContain('<a class="button-quiet" href="/authorizations/open/start">Finish connecting GitHub</a>')
    expect(page).not.toContain('<script')
  })

  test('tells two requests of one service apart', () => {
    expect(otherConsentOpen({ asked: 'github' })).toContain('Go on with the other request for GitHub</button>')
  })
})
