import type {
  ConnectionId,
  ConnectionRecord,
  ConsentRequest,
  ConsentRequestId,
  UserRef,
  UserSessionRef,
} from '@agent-identity/contracts'
import { listen, type RunningServer } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import express from 'express'
import { createAccounts } from '../connections/accounts.ts'
import { connectionRecord } from '../test-support/connection.ts'
import { hasDisconnected } from './account-of-request.ts'
import { consentRequestRoutes } from './consent-request-routes.ts'

const id = 'r'.repeat(22) as ConsentRequestId
const alice = 'a'.repeat(22) as UserRef
const home = 'idOfHome_02' as ConnectionId
const work = 'idOfWork_01' as ConnectionId
const asked = { id, provider: 'google-calendar', status: 'open', expiresAt: 2 } as ConsentRequest

const now: { found: ConsentRequest; accounts: ConnectionRecord[] } = { found: asked, accounts: [] }
const namedOf = ({ id }: ConnectionRecord) => (id === home || id === work ? id : undefined)
let starts = 0
let server: RunningServer

beforeAll(async () => {
  const routes = consentRequestRoutes({
    consentRequests: { read: async () => now.found },
    async start() {
      starts++
      return { outcome: 'connected' }
    },
    hasDisconnected: (request, user) =>
      hasDisconnected(request, user, {
        accounts: createAccounts({
          records: {
            readAll: async (user, provider) =>
              now.accounts.map((record) => ({ ref: { user, provider, named: namedOf(record) }, record })),
            readDefault: async () => undefined,
          },
        }),
        connections: { find: async ({ named }) => now.accounts.find((record) => namedOf(record) === named) },
      }),
    renderAskFirst: (response) => void response.send('one button'),
    currentUserSession: () => ({ ref: 's'.repeat(22) as UserSessionRef, userRef: alice }) as CurrentUserSession,
    limit: (_request, _response, next) => next(),
    limitSignedOut: (_request, _response, next) => next(),
    audit: () => undefined,
    clock: () => 1,
  })
  server = await listen(express().use(routes), { port: 0, drainSeconds: 1 })
})
beforeEach(() => {
  Object.assign(now, { found: asked, accounts: [] })
})
afterAll(() => server.stop())

const open = (headers: Record<string, string>, query = '') =>
  fetch(`${server.url}/authorizations/${id}/start${query}`, { redirect: 'manual', headers })

test('a link that its user opens starts', async () => {
  expect((await open({})).status).toBe(303)
  expect((await open({ 'sec-fetch-site': 'none' })).status).toBe(303)
})

test.each([
  ['sec-fetch-site', 'cross-site'],
  ['sec-fetch-site', 'same-site'],
  ['sec-purpose', 'prefetch;prerender'],
  ['purpose', 'prefetch'],
  ['x-purpose', 'preview'],
  ['x-moz', 'prefetch'],
])('a link that is fetched with %s: %s gets the page with one button, and nothing starts', async (header, value) => {
  const before = starts
  const response = await open({ [header]: value })
  expect([response.status, await response.text()]).toEqual([200, 'one button'])
  expect(starts).toBe(before)
})

const connected = (named: ConnectionId | 'unnamed') =>
  connectionRecord({ id: named as ConnectionId, status: 'connected', connectedAt: 1 })
const ended = (named: ConnectionId | 'unnamed') => ({ ...connected(named), status: 'disconnected' as const })

test.each([
  ['the only one', undefined, [ended('unnamed')]],
  [
    'one without a name, where another one is the default now',
    { named: undefined },
    [ended('unnamed'), connected(home)],
  ],
  ['one with a name, where another one is the default now', { named: home }, [ended(home), connected(work)]],
  ['one with a name, whose record has gone', { named: home }, [connected(work)]],
])(
  'an account that its user has disconnected is connected by the button of our page, and not by a program that opens the link: %s',
  async (_which, account, accounts) => {
    const before = starts
    Object.assign(now, { found: { ...asked, account }, accounts })
    const opened = await open({ 'sec-fetch-site': 'none' })
    expect([opened.status, await opened.text(), starts]).toEqual([200, 'one button', before])
    // The links of our own list lack the button's parameter, and on a link from elsewhere the parameter does not count.
    for (const [site, query] of [
      ['same-origin', ''],
      ['none', '?confirmed=yes'],
      ['cross-site', '?confirmed=yes'],
    ] as const)
      expect([(await open({ 'sec-fetch-site': site }, query)).status, starts]).toEqual([200, before])
    expect((await open({ 'sec-fetch-site': 'same-origin' }, '?confirmed=yes')).status).toBe(303)
    expect(starts).toBe(before + 1)
  },
)

test.each([
  ['without a name', { named: undefined }, [connected('unnamed'), ended(home)]],
  ['with a name', { named: home }, [ended('unnamed'), connected(home)]],
  ['that is still open', undefined, []],
])('an account that its user has not disconnected starts at once: one %s', async (_which, account, accounts) => {
  Object.assign(now, { found: { ...asked, account }, accounts })
  expect((await open({ 'sec-fetch-site': 'none' })).status).toBe(303)
})
