import type { AuthorizationId } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { chatPage } from './chat-page.ts'
import { connectionsPage } from './connections-page.ts'
import { homePage } from './home-page.ts'
import {
  cannotStartPage,
  notFoundPage,
  problemPage,
  signedOutPage,
  signInFailedPage,
  tryAgainPage,
} from './notice-pages.ts'
import {
  access,
  alice,
  askedByClient,
  connection,
  HOSTILE,
  now,
  otherConsentOpen,
} from './test-support/page-contents.ts'

const hostileUser = { subject: HOSTILE, name: HOSTILE, email: HOSTILE }

const pages = {
  'the chat': chatPage({ user: alice, suggestions: [] }),
  'a conversation': chatPage({
    user: { subject: 's', name: 'n' },
    suggestions: ['Show my items'],
    conversationId: 'c',
  }),
  'connected accounts': connectionsPage({ now, user: alice, connections: [connection()] }),
  'a deployment without the chat page': homePage({ user: alice }),
  'connected accounts, without the chat page': connectionsPage({
    now,
    user: alice,
    connections: [connection()],
    chat: 'off',
  }),
  'connected accounts, with a request of a client': connectionsPage({
    now,
    user: alice,
    connections: [connection()],
    askedByClients: [askedByClient()],
  }),
  'no connections': connectionsPage({ now, user: alice, connections: [] }),
  'signed out': signedOutPage(),
  'a failed sign-in': signInFailedPage(),
  'not found': notFoundPage(),
  'cannot start': cannotStartPage(),
  'a start to try again': tryAgainPage({ id: 'a'.repeat(22) as AuthorizationId, requestId: 'r' }),
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
    expect(page.match(/<h1[^>]*>[^<]+<\/h1>/g)).toHaveLength(1)
    expect(page.match(/<title>[^<]+<\/title>/g)).toHaveLength(1)
  })

  test('contains no inline script, style or handler, and no address of another origin', () => {
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
    ['the user, in the chat', chatPage({ user: hostileUser, suggestions: [HOSTILE] })],
    ['the user, without the chat page', homePage({ user: hostileUser })],
    ['the conversation', chatPage({ user: alice, suggestions: [], conversationId: HOSTILE })],
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
      'what a client asks for',
      connectionsPage({
        ...{ now, user: alice, connections: [] },
        askedByClients: [
          askedByClient({ displayName: HOSTILE, clientId: HOSTILE, clientName: HOSTILE, scopes: [HOSTILE] }),
        ],
      }),
    ],
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

test('the page of a start that has to be tried again says that nothing is lost, and has the same link', () => {
  const page = pages['a start to try again']
  expect(page).toContain('<h1>Nothing is lost, try again</h1>')
  expect(page).toContain(`<a class="button" href="/authorizations/${'a'.repeat(22)}/start">Try again</a>`)
  expect(page).toContain('Request id: <code>r</code>')
})

describe('the chat page', () => {
  test('names its field, its button and its log', () => {
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
