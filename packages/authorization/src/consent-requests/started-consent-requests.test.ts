import type { AuditEvent, AuthorizationId, ConsentRequest, ConsentRequestId } from '@agent-identity/contracts'
import {
  ApiError,
  createLogger,
  errorHandler,
  listen,
  type RunningServer,
  requestLog,
} from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import express from 'express'
import { consentRequestRoutes } from './consent-request-routes.ts'
import type { StartedConsentRequest } from './start-consent-request.ts'

const NOW = 1_900_000_000_000
const id = 'r'.repeat(22) as ConsentRequestId
const authorizationId = `${'s'.repeat(22)}.${'i'.repeat(22)}` as AuthorizationId
const alice = { ref: 's'.repeat(22), userRef: 'a'.repeat(22) } as CurrentUserSession
const open = { id, status: 'open', expiresAt: NOW + 1 } as ConsentRequest

const outcome: { started: StartedConsentRequest } = { started: { outcome: 'connected' } }
const now: { user?: CurrentUserSession | undefined; request?: ConsentRequest | undefined; tooMany?: true } = {}
const done: unknown[] = []
const audited: AuditEvent[] = []
let server: RunningServer

beforeAll(async () => {
  const log = createLogger({ service: 'test', level: 'silent' })
  const routes = consentRequestRoutes({
    consentRequests: {
      async read(...of) {
        done.push(['read', ...of])
        return now.request
      },
    },
    async start(...by) {
      done.push(['start', ...by])
      return outcome.started
    },
    hasDisconnected: async () => false,
    renderAskFirst: (response) => void response.send('one button'),
    currentUserSession: () => now.user,
    limit: (_request, _response, next) => next(now.tooMany && new ApiError('too_many_requests')),
    limitSignedOut: (_request, _response, next) => next(now.tooMany && new ApiError('too_many_requests')),
    audit: (event) => void audited.push(event),
    clock: () => NOW,
  })
  const app = express().use(requestLog(log), routes)
  app.use((_request, response) => void response.status(200).send('another route'))
  server = await listen(app.use(errorHandler(log)), { port: 0, drainSeconds: 1 })
})
beforeEach(() => {
  outcome.started = { outcome: 'connected' }
  Object.assign(now, { user: alice, request: open, tooMany: undefined })
  for (const list of [done, audited]) list.length = 0
})
afterAll(() => server.stop())

async function ask(path = `/authorizations/${id}/start`, method = 'GET') {
  const response = await fetch(server.url + path, { redirect: 'manual', method })
  const body = await response.text()
  return { status: response.status, location: response.headers.get('location'), body }
}
const refused = (reason: string) => [
  { event: 'start_refused', requestId: expect.any(String), user: alice.userRef, userSession: alice.ref, reason },
]

test('its user’s link reads only their own request, and starts it for their own user session', async () => {
  await ask()
  const by = { ref: alice.ref, userRef: alice.userRef, requestId: expect.any(String) }
  expect(done).toEqual([
    ['read', alice.userRef, id],
    ['start', id, by],
  ])
})

test.each([
  [{ outcome: 'authorization', id: authorizationId }, 303, `/authorizations/${authorizationId}/start`],
  [{ outcome: 'connected' }, 303, '/connections'],
  [{ outcome: 'undecided' }, 303, '/connections'],
  [{ outcome: 'signed-out' }, 401, null],
  [{ outcome: 'too-many' }, 503, null],
  [{ outcome: 'unavailable' }, 503, null],
] as const)('what comes to %j is answered with %i %s', async (started, status, location) => {
  outcome.started = started
  expect(await ask()).toMatchObject({ status, location })
  expect(audited).toEqual([])
})

test.each([
  [{ outcome: 'unknown' }, 404, 'unknown-authorization'],
  [{ outcome: 'not-offered' }, 404, 'unknown-authorization'],
  [{ outcome: 'settled' }, 409, 'settled'],
] as const)('what comes to %j is refused with %i, and is in the trail', async (started, status, reason) => {
  outcome.started = started
  expect(await ask()).toMatchObject({ status, location: null })
  expect(audited).toEqual(refused(reason))
})

describe('nothing starts', () => {
  test.each([
    ['of another user’s or a forged id', undefined, 404, 'unknown-authorization'],
    ['that has come to its end', { ...open, status: 'bound' }, 409, 'settled'],
    ['that has expired at this moment', { ...open, expiresAt: NOW }, 409, 'settled'],
  ] as const)('%s: the start is refused, and that is in the trail', async (_what, request, status, reason) => {
    now.request = request as ConsentRequest | undefined
    expect(await ask()).toMatchObject({ status, location: null })
    expect(done).toEqual([['read', alice.userRef, id]])
    expect(audited).toEqual(refused(reason))
  })

  test('before its user has signed in, and the answer does not say what the link is for', async () => {
    now.user = undefined
    const returnTo = encodeURIComponent(`/authorizations/${id}/start`)
    expect(await ask()).toMatchObject({ status: 302, location: `/auth/sign-in?return_to=${returnTo}` })
    expect([done, audited]).toEqual([[], []])
  })

  test.each([alice, undefined])('beyond the limit of a user, and of an address', async (user) => {
    Object.assign(now, { user, tooMany: true })
    expect(await ask()).toMatchObject({ status: 429, location: null })
    expect(done).toEqual([])
  })

  test.each([
    ['HEAD', `/authorizations/${id}/start`],
    ['POST', `/authorizations/${id}/start`],
    ['GET', `/authorizations/${authorizationId}/start`],
    ['GET', '/authorizations/nonsense/start'],
  ])('by %s %s, which is for another route', async (method, path) => {
    expect((await ask(path, method)).status).toBe(200)
    expect(done).toEqual([])
  })
})
