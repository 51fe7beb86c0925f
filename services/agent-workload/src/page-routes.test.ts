import { listen } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { afterEach, expect, test } from '@jest/globals'
import express from 'express'
import { pageErrorHandler, pageRoutes } from './page-routes.ts'

const alice = { user: { subject: 'alice-sub', name: 'Alice' } } as unknown as CurrentUserSession
const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function pageOf(
  path: string,
  chat: 'on' | 'off',
  userSession: CurrentUserSession | undefined = alice,
  sent: Record<string, string> = {},
) {
  const app = express()
  app.use(
    pageRoutes({
      currentUserSession: () => userSession,
      chat,
      suggestions: [],
      connectionsOf: async () => [],
      isAdministrator: () => false,
      withoutConsentOf: async () => [],
      limitConnectionReads: (_request, response) => void response.status(429).end(),
      clock: () => 1_900_000_000_000,
    }),
  )
  app.use(pageErrorHandler)
  const server = await listen(app, { host: '127.0.0.1', port: 0, drainSeconds: 1 })
  stops.push(server.stop)
  const { status, headers, text } = await fetch(`${server.url}${path}`, { redirect: 'manual', headers: sent }).then(
    async (answer) => ({
      status: answer.status,
      headers: answer.headers,
      text: await answer.text(),
    }),
  )
  return { status, location: headers.get('location'), text }
}

test('the chat page is at the root', async () => {
  expect((await pageOf('/', 'on')).text).toContain('<main id="chat"')
})

test('without the chat page, the root says who is signed in, links to the accounts, and signs out', async () => {
  const { status, text } = await pageOf('/', 'off')
  expect(status).toBe(200)
  expect(text).toContain('<h1>You are signed in</h1>')
  expect(text).toContain('<strong>Alice</strong>')
  expect(text).toContain('href="/connections"')
  expect(text).toContain('action="/auth/sign-out"')
  expect(text).not.toMatch(/id="chat"|<script|>Chat</)
})

test.each(['on', 'off'] as const)(
  'with the chat page %s, a browser without a user session is sent to the sign-in, and back',
  async (chat) => {
    const pages = [await pageOf('/?a=b', chat, null as never), await pageOf('/connections', chat, null as never)]
    expect(pages.map(({ status, location }) => [status, location])).toEqual([
      [302, '/auth/sign-in?return_to=%2F%3Fa%3Db'],
      [302, '/auth/sign-in?return_to=%2Fconnections'],
    ])
  },
)

test('the page of connected accounts is limited for signed-in users; the account page and the chat page are not', async () => {
  const statuses = await Promise.all(
    ['/connections', '/account', '/'].map(async (path) => (await pageOf(path, 'on')).status),
  )
  expect(statuses).toEqual([429, 200, 200])
})

test.each([
  [403, 'same-site', 'empty'],
  [403, 'same-site', 'iframe'],
  [429, 'same-site', 'document'],
  [429, 'cross-site', 'document'],
  [429, 'same-origin', 'empty'],
])(
  'before the page of connected accounts is counted: %d for a request that is %s, for %s',
  async (status, site, dest) => {
    const sent = { 'sec-fetch-site': site, 'sec-fetch-dest': dest, accept: 'text/html' }
    expect((await pageOf('/connections', 'on', alice, sent)).status).toBe(status)
  },
)

test('without the chat page, the page after a sign-out is still shown', async () => {
  expect((await pageOf('/auth/signed-out', 'off', null as never)).text).toContain('You are signed out')
})
