import {
  type AuditEvent,
  AuthorizationId,
  BROWSER_BINDING_COOKIE,
  type PendingAuthorization,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import {
  ApiError,
  browserHash,
  createLogger,
  errorHandler,
  listen,
  type RunningServer,
} from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import express, { type Request } from 'express'
import { authorizationRoutes } from './authorization-routes.ts'
import type { AuthorizationStarts, Start } from './authorization-starts.ts'
import type { PendingAuthorizations } from './pending-authorizations.ts'

const NOW = 1_900_000_000_000
const ref = 'A'.repeat(22) as UserSessionRef
const alice = 'a'.repeat(22) as UserRef
const id = AuthorizationId.parse(`${ref}.${'i'.repeat(22)}`)
const other = AuthorizationId.parse(`${ref}.${'o'.repeat(22)}`)
const secret = 's'.repeat(43)
const authorizationUrl = 'https://agentcore.example/authorize'
const session = { ref, userRef: alice, browserHash: browserHash(secret, ref) } as CurrentUserSession
const pending = {
  status: 'pending',
  owner: alice,
  provider: 'github',
  scopes: 'repo user',
  expiresAt: NOW + 1,
  correlationId: 'the-turn',
} as PendingAuthorization
const about = { correlationId: 'the-turn', provider: 'github', scopes: ['repo', 'user'] }
const actor = { user: alice, userSession: ref }

let signedIn: boolean
let record: PendingAuthorization | undefined
let begun: Start
let ends: boolean
let redisIsAway: boolean
/** The recorded calls, in order. */
let done: string[]
let said: AuditEvent[]
let server: RunningServer

beforeAll(async () => {
  const current = () => (signedIn ? session : undefined)
  const authorizations = {
    read: async () => record,
    async end(which: AuthorizationId, status: string) {
      if (ends) done.push(`${status} ${which}`)
      return ends
    },
  }
  const starts = {
    async start(which: AuthorizationId, _record: unknown, hash: string, whenAnother: string) {
      done.push(`start ${which === id} ${hash === session.browserHash} ${whenAnother}`)
      return begun
    },
  }
  const app = express()
  app.use(
    authorizationRoutes({
      authorizations: authorizations as unknown as PendingAuthorizations,
      starts: starts as AuthorizationStarts,
      untilRevocationsRest: async ({ user, provider }) => void done.push(`at rest ${user === alice} ${provider}`),
      consentStarts: async ({ provider }, { scopes }) => {
        if (redisIsAway) throw new Error('Redis is away')
        done.push(`starts ${provider} ${scopes}`)
      },
      notify: async (which) => void done.push(`notify ${which}`),
      tellSetAside: async (which) => void done.push(`set aside ${which}`),
      renderOtherConsentOpen: (response) => void response.status(409).end('another consent is open'),
      isAuthorizationUrl: (url) => url === authorizationUrl,
      requireUser: (_request, _response, next) => next(signedIn ? undefined : new ApiError('not_signed_in')),
      requireSameOrigin: (request, _response, next) =>
        next(request.get('sec-fetch-site') === 'cross-site' ? new ApiError('cross_site_request') : undefined),
      limit: (_request, _response, next) => next(),
      limitRefused: (_request, _response, next) => next(),
      currentUserSession: current,
      userSessionOf: (_request: Request) => session,
      audit: (event) => void said.push(event),
      clock: () => NOW,
    }),
  )
  app.use(errorHandler(createLogger({ service: 'test', level: 'silent' })))
  server = await listen(app, { port: 0, drainSeconds: 1 })
})
afterAll(() => server.stop())
beforeEach(() => {
  signedIn = true
  record = pending
  begun = { outcome: 'started', authorizationUrl }
  ends = true
  redisIsAway = false
  done = []
  said = []
})

async function send(path: string, method = 'GET', headers: Record<string, string> = {}) {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    redirect: 'manual',
    headers: { cookie: `${BROWSER_BINDING_COOKIE}=${secret}`, ...headers },
  })
  return { status: answer.status, location: answer.headers.get('location'), allow: answer.headers.get('allow') }
}
const start = (headers?: Record<string, string>, which: string = id) =>
  send(`/authorizations/${which}/start`, 'GET', headers)
const reasons = () => said.map((event) => ('reason' in event ? event.reason : event.event))

describe('a start', () => {
  test('redirects the browser that signed in to AgentCore, and is audited', async () => {
    expect(await start()).toEqual({ status: 303, location: authorizationUrl, allow: null })
    expect(done).toEqual(['start true true ask', 'at rest true github', 'starts github repo user'])
    expect(said).toEqual([
      { event: 'authorization_started', requestId: expect.any(String), ...actor, authorizationId: id, ...about },
    ])
  })

  test.each([
    ['an invalid id', 404, 'malformed', { which: 'nonsense' }],
    ['another user session', 404, 'different-user-session', { which: `${'B'.repeat(22)}.${'i'.repeat(22)}` }],
    ['a missing record', 404, 'unknown-authorization', { record: undefined }],
    ['another user', 404, 'different-user', { record: { ...pending, owner: 'b'.repeat(22) as UserRef } }],
    ['what has settled', 409, 'settled', { record: { ...pending, status: 'cancelled' as const } }],
    ['an expired one', 409, 'settled', { record: { ...pending, expiresAt: NOW } }],
    ['a browser without the cookie', 404, 'different-browser', { headers: { cookie: 'another=1' } }],
    [
      'another browser',
      404,
      'different-browser',
      { headers: { cookie: `${BROWSER_BINDING_COOKIE}=${'t'.repeat(43)}` } },
    ],
  ])('of %s is refused (%i), reveals nothing, and is audited with its reason', async (_name, status, reason, given) => {
    if ('record' in given) record = given.record
    const answer = await start('headers' in given ? given.headers : {}, 'which' in given ? given.which : id)
    expect(answer).toEqual({ status, location: null, allow: null })
    expect(done).toEqual([])
    expect(reasons()).toEqual([reason])
    expect(said[0]).toMatchObject(actor)
    // The rightful browser still can.
    record = pending
    expect((await start()).status).toBe(303)
  })

  test.each([
    ['different-browser', 404],
    ['settled', 409],
  ] as const)('that Redis answers with %s, after the checks of the route, is refused (%i)', async (outcome, status) => {
    begun = { outcome }
    expect(await start()).toMatchObject({ status, location: null })
    expect(reasons()).toEqual([outcome])
  })

  test.each(['text/html', 'application/json'])('beside another consent that is open is 409 for %s', async (accept) => {
    begun = { outcome: 'other-consent-open', open: { id: other, record: pending, startedAt: NOW } }
    expect(await start({ accept })).toMatchObject({ status: 409, location: null })
    expect(reasons()).toEqual(['other-consent-open'])
  })

  test('redirects only to AgentCore', async () => {
    begun = { outcome: 'started', authorizationUrl: 'https://elsewhere.example' }
    expect(await start()).toMatchObject({ status: 500, location: null })
    expect(said).toEqual([])
  })

  test('does not redirect before the connection says that a consent is under way', async () => {
    redisIsAway = true
    expect(await start()).toMatchObject({ status: 500, location: null })
    redisIsAway = false
    expect((await start()).status).toBe(303)
  })

  test('without a user session, or from another site, is refused before anything is read', async () => {
    expect((await start({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    signedIn = false
    expect((await start()).status).toBe(401)
    expect(reasons()).toEqual(['another-site', 'not-signed-in'])
    expect(done).toEqual([])
  })

  test('is a GET', async () => {
    for (const method of ['HEAD', 'POST', 'PUT'])
      expect(await send(`/authorizations/${id}/start`, method)).toEqual({ status: 405, location: null, allow: 'GET' })
    expect(done).toEqual([])
  })

  test('instead of another one notifies the turns that wait for that one', async () => {
    begun = { outcome: 'started', authorizationUrl, setAside: { id: other, record: pending, startedAt: NOW } }
    expect((await send(`/authorizations/${id}/start-instead`, 'POST')).status).toBe(303)
    expect(done).toEqual([
      'start true true instead',
      `set aside ${other}`,
      'at rest true github',
      'starts github repo user',
    ])
    expect(said).toEqual([
      expect.objectContaining({ event: 'authorization_set_aside', authorizationId: other, instead: id }),
      expect.objectContaining({ event: 'authorization_started', authorizationId: id }),
    ])
    const forged = { 'sec-fetch-site': 'cross-site' }
    expect((await send(`/authorizations/${id}/start-instead`, 'POST', forged)).status).toBe(403)
    expect(await send(`/authorizations/${id}/start-instead`)).toMatchObject({ status: 405, allow: 'POST' })
    expect(done).toHaveLength(4)
  })
})

describe('a cancellation', () => {
  const cancel = (which: string = id, headers = {}) => send(`/api/authorizations/${which}`, 'DELETE', headers)

  test('ends it, notifies the replicas, and is audited', async () => {
    expect((await cancel()).status).toBe(204)
    expect(done).toEqual([`cancelled ${id}`, `notify ${id}`])
    expect(said).toEqual([
      { event: 'cancelled', requestId: expect.any(String), ...actor, authorizationId: id, ...about },
    ])
  })

  test('of another user’s or a settled one, or from another site, does nothing', async () => {
    expect((await cancel(`${'B'.repeat(22)}.${'i'.repeat(22)}`)).status).toBe(404)
    expect((await cancel(id, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    ends = false
    expect((await cancel()).status).toBe(409)
    signedIn = false
    expect((await cancel()).status).toBe(401)
    expect(await send(`/api/authorizations/${id}`)).toMatchObject({ status: 405, allow: 'DELETE' })
    expect([done, said]).toEqual([[], []])
  })
})
