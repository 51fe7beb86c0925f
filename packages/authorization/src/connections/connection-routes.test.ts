import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AuditEvent, AuthorizationId, ConnectionRecord, UserRef, UserSessionRef } from '@agent-identity/contracts'
import { ApiError, createLogger, errorHandler, requestLog } from '@agent-identity/service-runtime'
import { afterEach, describe, expect, test } from '@jest/globals'
import express, { type RequestHandler } from 'express'
import type { AccessOutcome, AccessRequest } from '../request-authorization.ts'
import { connectionRecord } from '../test-support/connection.ts'
import { OFFERED } from '../test-support/offered.ts'
import { createAccounts } from './accounts.ts'
import { connectionRoutes } from './connection-routes.ts'

const ref = 's'.repeat(22) as UserSessionRef
const userRef = 'a'.repeat(22) as UserRef
const id = `${ref}.${'i'.repeat(22)}` as AuthorizationId
const READ = 'https://www.googleapis.com/auth/calendar.readonly'
const WRITE = 'https://www.googleapis.com/auth/calendar.events'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function world(connection: ConnectionRecord | undefined, outcome: AccessOutcome, { limited = false } = {}) {
  const requests: AccessRequest[] = []
  const disconnected: unknown[] = []
  const lookedAt: unknown[][] = []
  const chosen: unknown[][] = []
  const audited: AuditEvent[] = []
  const pass: RequestHandler = (_request, _response, next) => next()
  const log = createLogger({ service: 'test', level: 'silent' })
  const app = express()
  app.use(requestLog(log))
  app.use(
    connectionRoutes({
      offered: OFFERED,
      connections: {} as never,
      accounts: createAccounts({
        records: {
          readAll: async (user, provider) =>
            connection ? [{ ref: { user, provider, named: undefined }, record: connection }] : [],
          readDefault: async () => undefined,
        },
      }) as never,
      calls: {} as never,
      notify: async () => undefined,
      existingToken: async () => ({ outcome: 'none' }),
      accountOf: async () => ({}),
      authorizations: {
        findActive: async () => undefined,
        read: async () => ({ expiresAt: 1_900_000_000_000 }),
        listActive: async () => [],
      } as never,
      uses: { list: async () => [] },
      async requestAccess(request) {
        requests.push(request)
        return outcome
      },
      disconnections: {
        async disconnect(who) {
          disconnected.push(who)
          return connection
        },
        lookAgain: async ({ user, provider }) => void lookedAt.push([user, provider]),
        endUnused: async () => undefined,
      },
      askFirst: { isOn: async () => true, choose: async (...made) => void chosen.push(made) },
      requireUser: pass,
      requireSameOrigin: pass,
      limit: pass,
      limitReads: (_request, _response, next) => next(limited ? new ApiError('too_many_requests') : undefined),
      audit: (event) => void audited.push(event),
      userSessionOf: () => ({ ref, userRef }) as never,
    }),
  )
  app.use(errorHandler(log))
  const server = createServer(app).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const connect = (provider: string) =>
    fetch(`http://127.0.0.1:${port}/api/connections/${provider}/authorizations`, { method: 'POST' })
  const askFirst = (provider: string, body: unknown) =>
    fetch(`http://127.0.0.1:${port}/api/connections/${provider}/ask-first`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
  const disconnect = (path: string) => fetch(`http://127.0.0.1:${port}/api/connections/${path}`, { method: 'DELETE' })
  const list = () => fetch(`http://127.0.0.1:${port}/api/connections`)
  const method = async (method: string, path: string) => {
    const { status, headers } = await fetch(`http://127.0.0.1:${port}/api/connections${path}`, { method })
    return [status, headers.get('allow')]
  }
  return { method, requests, disconnected, list, lookedAt, chosen, audited, connect, disconnect, askFirst }
}

const remembered = (scopes: string) => connectionRecord({ scopes })

test('connecting again requests the granted scopes, too: a smaller set would be another entry of the vault', async () => {
  const { requests, connect } = await world(remembered(WRITE), {
    outcome: 'authorization-required',
    authorizationId: id,
  })
  expect((await connect('google-calendar')).status).toBe(201)
  expect(requests).toMatchObject([{ scopes: [WRITE, READ], forceAuthentication: true, user: userRef }])
})

test.each([
  ['disconnecting', true],
  ['disconnected', false],
] as const)('the list makes what is %s due again: %s', async (status, isDue) => {
  const { list, lookedAt } = await world(connectionRecord({ status }), { outcome: 'unavailable' })
  expect((await list()).status).toBe(200)
  expect(lookedAt.some(([user, provider]) => user === userRef && provider === 'google-calendar')).toBe(isDue)
})

test('the list is limited before any record is read', async () => {
  const disconnecting = connectionRecord({ status: 'disconnecting' })
  const { list, lookedAt } = await world(disconnecting, { outcome: 'unavailable' }, { limited: true })
  expect([(await list()).status, lookedAt]).toEqual([429, []])
})

test('a first connection requests the base set, and starts over: nothing that the vault may have is used', async () => {
  const { requests, connect } = await world(undefined, {
    outcome: 'authorization-required',
    authorizationId: id,
  })
  const answer = await connect('google-calendar')
  expect([answer.status, await answer.json()]).toEqual([
    201,
    { authorizationId: id, startUrl: `/authorizations/${id}/start`, expiresAt: '2030-03-17T17:46:40.000Z' },
  ])
  expect(requests).toMatchObject([{ scopes: [READ], forceAuthentication: true }])
})

test.each(['gitlab', 'nowhere', 'constructor'])(
  '%s, which is not offered here, causes no request',
  async (provider) => {
    const { requests, connect } = await world(undefined, { outcome: 'unavailable' })
    expect((await connect(provider)).status).toBe(404)
    expect(requests).toEqual([])
  },
)

test.each([
  ['signed-out', 401],
  ['too-many', 429],
  ['not-offered', 404],
  ['unavailable', 503],
] as const)('when access is %s the answer is %i', async (outcome, status) => {
  const { connect } = await world(remembered(READ), { outcome })
  expect((await connect('google-calendar')).status).toBe(status)
})

test('"ask first" is stored for the user, also before they connect', async () => {
  const { chosen, audited, askFirst } = await world(undefined, { outcome: 'unavailable' })
  expect((await askFirst('google-calendar', { askFirst: true })).status).toBe(204)
  expect((await askFirst('google-calendar', { askFirst: false })).status).toBe(204)
  expect(chosen).toEqual([
    [userRef, 'google-calendar', true],
    [userRef, 'google-calendar', false],
  ])
  const line = { event: 'ask_first_chosen', requestId: expect.any(String), user: userRef, userSession: ref }
  expect(audited).toEqual([true, false].map((askFirst) => ({ ...line, provider: 'google-calendar', askFirst })))
})

test.each([
  ['gitlab', { askFirst: true }, 404],
  ['nowhere', { askFirst: true }, 404],
  ['profile', { askFirst: true }, 404],
  ['google-calendar', { askFirst: 'yes' }, 400],
  ['google-calendar', { askFirst: true, user: 'somebody' }, 400],
  ['google-calendar', {}, 400],
])('a choice for %s of %j is refused, and nothing is stored', async (provider, body, status) => {
  const { chosen, audited, askFirst } = await world(undefined, { outcome: 'unavailable' })
  expect((await askFirst(provider, body)).status).toBe(status)
  expect([chosen, audited]).toEqual([[], []])
})

describe('disconnecting', () => {
  const { id: account } = remembered(READ)

  test.each([
    ['', 1],
    [`?account=${account}`, 1],
    ['?account=another', 0],
    [`?account=${account}&account=${account}`, 0],
    ['?account=alice@example.com', 0],
  ])('of google-calendar%s ends %i connection', async (query, ended) => {
    const { disconnected, disconnect } = await world(remembered(READ), { outcome: 'unavailable' })
    const answer = await disconnect(`google-calendar${query}`)
    expect([answer.status, disconnected.length]).toEqual([ended === 1 ? 200 : 404, ended])
    if (!ended) return
    expect(await answer.json()).toMatchObject({ provider: 'google-calendar', accountId: account })
    const who = { user: userRef, userSession: ref, requestId: expect.any(String) }
    expect(disconnected).toEqual([{ ...who, provider: 'google-calendar', named: undefined }])
  })

  test.each(['nowhere', 'constructor'])('%s, which is not offered here, ends nothing', async (provider) => {
    const { disconnected, disconnect } = await world(remembered(READ), { outcome: 'unavailable' })
    expect((await disconnect(provider)).status).toBe(404)
    expect(disconnected).toEqual([])
  })

  test('what was never connected is not found', async () => {
    const { disconnect } = await world(undefined, { outcome: 'unavailable' })
    expect((await disconnect('google-calendar')).status).toBe(404)
  })
})

test.each([
  ['', 'POST', 'GET'],
  ['/google-calendar', 'GET', 'DELETE'],
  ['/google-calendar/default', 'POST', 'PUT'],
  ['/google-calendar/ask-first', 'GET', 'PUT'],
])('/api/connections%s does not take %s', async (path, sent, allowed) => {
  const { method } = await world(undefined, { outcome: 'unavailable' })
  expect(await method(sent, path)).toEqual([405, allowed])
})
