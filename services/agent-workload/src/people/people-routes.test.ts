import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type AuditEvent,
  BROWSER_BINDING_COOKIE,
  type ConversationId,
  type TurnId,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import { ApiError, browserHash, errorHandler, limitRequests, notFound } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { afterEach, expect, test } from '@jest/globals'
import express, { type RequestHandler, type Router } from 'express'
import { turnRoutes } from '../turns/turn-routes.ts'
import { administratorRoutes } from './administrator-routes.ts'
import { ownDataRoutes } from './own-data-routes.ts'
import { requireSameBrowser } from './require-same-browser.ts'
import { nothingKept } from './test-support/nothing-kept.ts'
import type { UserDataPorts } from './user-data.ts'

const LIMIT = 2
const ISSUER = 'https://issuer.example'
const log = { info() {}, warn() {}, error() {} } as never
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

const SECRET = 'b'.repeat(43)
const OWN_BROWSER = { cookie: `${BROWSER_BINDING_COOKIE}=${SECRET}` }

const somebody = (administratorOf?: string) =>
  ({
    ref: 's'.repeat(22) as UserSessionRef,
    userRef: 'u'.repeat(22) as UserRef,
    user: { issuer: ISSUER, subject: 'sub', name: 'Somebody' },
    signedInAt: Date.now(),
    authenticatedAt: Date.now(),
    endsAt: Date.now() + 1e6,
    browserHash: browserHash(SECRET, 's'.repeat(22) as UserSessionRef),
    ...(administratorOf && { administratorOf }),
  }) as CurrentUserSession

const notFromSiblings: RequestHandler = (request, _response, go) =>
  go(request.get('sec-fetch-site') === 'same-site' ? new ApiError('cross_site_request') : undefined)

const next = (_request: unknown, _response: unknown, go: () => void) => go()

async function serving(userSession: CurrentUserSession, data: Partial<UserDataPorts> = {}, isErased = false) {
  const audited: AuditEvent[] = []
  const ended: UserRef[] = []
  let count = 0
  const limit = async () => (++count > LIMIT ? { retryAfterSeconds: 60 } : undefined)
  let downloads = 0
  const limitDownloads = async () => (++downloads > LIMIT ? { retryAfterSeconds: 60 } : undefined)
  let refused = 0
  const limitRefused = async () => (++refused > LIMIT ? { retryAfterSeconds: 60 } : undefined)
  const audit = (event: AuditEvent) => void audited.push(event)
  const common = {
    erasures: { end: async ({ user }: { user: UserRef }) => void ended.push(user) },
    userSessionOf: () => userSession,
    requireSameOrigin: notFromSiblings,
    requireUser: next,
    audit,
    sameBrowser: requireSameBrowser({ userSessionOf: () => userSession, limit: limitRefused, audit }),
  }
  const own = ownDataRoutes({
    ...common,
    data: { ...nothingKept, ...data },
    limit: limitRequests(limitDownloads, () => 'u'),
    limitErasing: limitRequests(limit, () => 'u'),
    isErased: async () => isErased,
    clock: Date.now,
  })
  const ofAdministrators = administratorRoutes({
    ...common,
    currentUserSession: () => userSession,
    limit,
    group: 'administrators',
    issuer: ISSUER,
    signInMaxAgeMs: 900_000,
    renderUsersPage: (response) => void response.send('users'),
    clock: Date.now,
  })
  const url = await listening([own, ofAdministrators])
  const endUser = (headers: Record<string, string> = {}) =>
    fetch(`${url}/api/users/end`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...OWN_BROWSER, ...headers },
      body: '{"subject":"x"}',
    })
  return { url, audited, ended, endUser }
}

async function listening(routes: readonly Router[]): Promise<string> {
  const app = express()
  app.use((request, _response, go) => {
    Object.assign(request, { id: 'a-request' })
    go()
  })
  app.use(...routes, notFound, errorHandler(log))
  const server = createServer(app).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const statuses = async (ask: () => Promise<Response>) => {
  const all: number[] = []
  for (let n = 0; n < LIMIT + 2; n++) all.push((await ask()).status)
  return all
}

test('a user erases themselves only so often a minute', async () => {
  const { url, ended } = await serving(somebody())
  expect(await statuses(() => fetch(`${url}/api/me`, { method: 'DELETE', headers: OWN_BROWSER }))).toEqual([
    200, 200, 429, 429,
  ])
  expect(ended).toHaveLength(LIMIT)
})

test('downloads do not use up how often their user may erase themselves', async () => {
  const { url, ended } = await serving(somebody())
  expect(await statuses(() => fetch(`${url}/api/me/data`, { headers: OWN_BROWSER }))).toEqual([200, 200, 429, 429])
  expect((await fetch(`${url}/api/me`, { method: 'DELETE', headers: OWN_BROWSER })).status).toBe(200)
  expect(ended).toHaveLength(1)
})

test('a page elsewhere puts no visitor into the audit trail, nor uses up how often they may erase themselves', async () => {
  const { url, endUser, audited } = await serving(somebody())
  expect(await statuses(() => endUser({ 'sec-fetch-site': 'same-site' }))).toEqual([404, 404, 404, 404])
  expect(audited).toEqual([])
  expect((await fetch(`${url}/api/me`, { method: 'DELETE', headers: OWN_BROWSER })).status).toBe(200)
})

test('a user who is being erased downloads nothing any more', async () => {
  const { url, audited } = await serving(somebody(), {}, true)
  expect([(await fetch(`${url}/api/me/data`, { headers: OWN_BROWSER })).status, audited]).toEqual([401, []])
})

test('a list of connections that cannot be read does not keep a user from being erased', async () => {
  const { url, ended } = await serving(somebody(), { connectionsOf: () => Promise.reject(new Error('unreadable')) })
  const answer = await fetch(`${url}/api/me`, { method: 'DELETE', headers: OWN_BROWSER })
  expect([answer.status, await answer.json(), ended.length]).toEqual([200, { connections: [] }, 1])
})

test('an administrator ends users only so often a minute', async () => {
  const { endUser, ended } = await serving(somebody('administrators'))
  expect(await statuses(() => endUser())).toEqual([200, 200, 429, 429])
  expect(ended).toHaveLength(LIMIT)
})

test.each([
  ['long ago', 1],
  ['at a time that the issuer does not say', undefined],
])('an administrator who signed in at the issuer %s ends no user', async (_when, authenticatedAt) => {
  const { authenticatedAt: _, ...userSession } = somebody('administrators')
  const { endUser, ended, audited } = await serving({ ...userSession, ...(authenticatedAt && { authenticatedAt }) })
  expect([(await endUser()).status, ended]).toEqual([403, []])
  expect(audited).toMatchObject([{ event: 'erasure_refused', reason: 'sign-in-too-old' }])
})

const AGO = 901_000
test.each([
  ['too long ago', { authenticatedAt: Date.now() - AGO }, 403],
  ['too long ago, and the issuer does not say when', { signedInAt: Date.now() - AGO, authenticatedAt: undefined }, 403],
  ['just now, and the issuer does not say when', { authenticatedAt: undefined }, 200],
  ['at the issuer just now', { signedInAt: Date.now() - AGO }, 200],
])('a user who signed in %s: erasing themselves', async (_when, times, status) => {
  const { url, audited, ended } = await serving({ ...somebody(), ...times } as CurrentUserSession)
  const answer = await fetch(`${url}/api/me`, { method: 'DELETE', headers: OWN_BROWSER })
  const refused = { event: 'erasure_refused', reason: 'sign-in-too-old', user: somebody().userRef }
  expect([answer.status, ended.length]).toEqual([status, status === 200 ? 1 : 0])
  expect(audited).toMatchObject(status === 200 ? [] : [refused])
  if (status === 403) expect(await answer.json()).toMatchObject({ code: 'sign_in_too_old' })
})

test('a user who is no administrator sees no limit, and cannot fill the audit trail', async () => {
  const { endUser, ended, audited } = await serving(somebody())
  expect(await statuses(() => endUser())).toEqual([404, 404, 404, 404])
  expect(audited.map(({ event }) => event)).toEqual(['erasure_refused', 'erasure_refused'])
  expect(ended).toEqual([])
})

test('a question that was being accepted while its user was erased is erased, too, and does not run', async () => {
  const userSession = somebody()
  const erased: string[] = []
  const queued: unknown[] = []
  const conversationId = 'c'.repeat(22) as ConversationId
  const routes = (isErased: boolean) =>
    turnRoutes({
      turns: {
        create: async () => ({ conversationId, turnId: `${conversationId}.${'t'.repeat(11)}` as TurnId }),
      } as never,
      work: { enqueue: async (work: unknown) => void queued.push(work) } as never,
      eventStreams: {} as never,
      ...{ requireUser: next, requireSameOrigin: next, limitTurns: next, limitStreams: next, limitReads: next },
      userSessionOf: () => userSession,
      isErased: async () => isErased,
      eraseConversation: async (id) => erased.push(id),
    })
  const ask = async (isErased: boolean) => {
    const url = await listening([routes(isErased)])
    const headers = { 'content-type': 'application/json' }
    return (await fetch(`${url}/api/turns`, { method: 'POST', headers, body: '{"message":"hello"}' })).status
  }
  expect([await ask(true), erased, queued]).toEqual([401, [conversationId], []])
  expect([await ask(false), erased.length, queued.length]).toEqual([202, 1, 1])
})

test.each([
  ['none', undefined],
  ['of another browser', `${BROWSER_BINDING_COOKIE}=${'x'.repeat(43)}`],
])('a user session’s cookie alone (the browser’s: %s) downloads nothing and ends no user', async (_what, cookie) => {
  const { url, endUser, audited, ended } = await serving(somebody('administrators'))
  const headers = cookie === undefined ? {} : { cookie }
  const answers = [
    await fetch(`${url}/api/me/data`, { headers }),
    await fetch(`${url}/api/me`, { method: 'DELETE', headers }),
  ]
  expect([answers.map(({ status }) => status), ended]).toEqual([[401, 401], []])
  const { ref: userSession, userRef: user } = somebody()
  const refused = { requestId: 'a-request', reason: 'different-browser', user, userSession }
  const lines = ['download_refused', 'erasure_refused'].map((event) => ({ event, ...refused }))
  expect(audited).toEqual(lines)
  // The lines of refusals have a limit of their own.
  expect(await statuses(() => endUser({ cookie: '', ...headers }))).toEqual([401, 401, 401, 401])
  expect([audited, ended]).toEqual([lines, []])
  expect([(await endUser()).status, ended.length]).toEqual([200, 1])
})

test('an administrator’s user session cookie without the browser’s leaves an audit line', async () => {
  const { endUser, audited } = await serving(somebody('administrators'))
  expect((await endUser({ cookie: '' })).status).toBe(401)
  expect(audited).toMatchObject([{ event: 'erasure_refused', reason: 'different-browser' }])
})

test('a copied cookie of a user who is no administrator writes no line, and does not keep the user from erasing themselves', async () => {
  const { url, endUser, audited, ended } = await serving(somebody())
  expect(await statuses(() => endUser({ cookie: '' }))).toEqual([404, 404, 404, 404])
  expect([audited, ended]).toEqual([[], []])
  expect((await fetch(`${url}/api/me`, { method: 'DELETE', headers: OWN_BROWSER })).status).toBe(200)
})
