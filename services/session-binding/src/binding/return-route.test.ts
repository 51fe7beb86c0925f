import { type AuditEvent, BINDING_OUTCOMES, BROWSER_BINDING_COOKIE } from '@agent-identity/contracts'
import { type Logger, listen, type RunningServer } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createApp } from '../app.ts'
import type { BindSessionPorts } from './bind-session.ts'
import {
  alice,
  authorization,
  browser,
  caller,
  id,
  NOW,
  returning,
  session,
  sessionUri,
  state,
} from './test-support/returning.ts'

let server: RunningServer
let signedIn: boolean
let limited: boolean
let ports: BindSessionPorts
let read: BindSessionPorts['starts']['read']
let done: string[]
let said: AuditEvent[]
/** Without the line that each request has. */
let logged: Record<string, unknown>[]

beforeAll(async () => {
  const userSession = { ref: session, userRef: alice, browserHash: caller.browserHash } as CurrentUserSession
  const limit = async () => (limited ? { retryAfterSeconds: 7 } : undefined)
  const line = (level: string) => (fields: unknown, message?: string) => {
    if (!Object.hasOwn(Object(fields), 'responseTime')) logged.push({ level, message, ...Object(fields) })
  }
  const log: Logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
  const app = createApp({
    publicUrl: 'https://agent.example.com',
    health: (_request, _response, next) => next(),
    userSessions: { of: async () => (signedIn ? userSession : undefined) },
    starts: {
      read: (startId) => read(startId),
      openIdentityArtifact: (...of) => ports.starts.openIdentityArtifact(...of),
      claim: (...of) => ports.starts.claim(...of),
      recordOutcome: (...of) => ports.starts.recordOutcome(...of),
      untilOutcome: (...of) => ports.starts.untilOutcome(...of),
    },
    identity: { completeAuthorization: (request) => ports.identity.completeAuthorization(request) },
    limits: { userSession: limit, address: limit },
    addressOf: () => '203.0.113.1',
    audit: (event) => void said.push(event),
    clock: () => NOW,
    log,
  })
  server = await listen(app, { port: 0, drainSeconds: 1 })
})
afterAll(() => server.stop())
beforeEach(() => {
  signedIn = true
  limited = false
  said = []
  logged = []
  ;({ ports, done } = returning())
  read = async () => undefined
})

async function comesBack(
  query: Record<string, string> = { state, session_id: sessionUri },
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
) {
  const url = `${server.url}/oauth2/session-binding?${new URLSearchParams(query)}`
  const answer = await fetch(url, { method, headers })
  const page = await answer.text()
  return { status: answer.status, headers: answer.headers, page, outcome: /data-outcome="([^"]*)"/.exec(page)?.[1] }
}

describe('a return that matches', () => {
  const inBrowser = (secret: string) => ({ headers: { cookie: `${BROWSER_BINDING_COOKIE}=${secret}` } })
  beforeEach(() => {
    ;({ read } = ports.starts)
  })

  test('is bound, and its page names the provider', async () => {
    const { status, page, outcome } = await comesBack(undefined, inBrowser(browser))
    expect([status, outcome]).toEqual([BINDING_OUTCOMES.bound, 'bound'])
    expect(page).toContain('<h1>GitHub connected</h1>')
    expect(done).toEqual(['claim', `complete ${sessionUri}`, 'record bound'])
  })

  test.each([
    ['without the cookie', {}],
    ['with the cookie of another browser', inBrowser('y'.repeat(43))],
  ])('but %s, is not recognized, and ends the authorization without a call', async (_name, browserOfReturn) => {
    expect(await comesBack(undefined, browserOfReturn)).toMatchObject({ outcome: 'not_recognized' })
    expect(await comesBack(undefined, inBrowser(browser))).toMatchObject({ outcome: 'not_recognized' })
    expect(done).toEqual(['record left-its-browser'])
  })

  test('is logged with what an operator looks for, and with neither `state` nor session URI', async () => {
    await comesBack(undefined, inBrowser(browser))
    expect(logged).toEqual([
      {
        ...{ level: 'info', message: 'session binding', requestId: expect.any(String), outcome: 'bound' },
        ...{ startId: id, authorizationId: authorization, provider: 'github', awsRequestId: 'aws-1' },
      },
    ])
  })
})

test('a return beyond the limit is logged with what was counted, and names no authorization', async () => {
  limited = true
  for (signedIn of [true, false]) expect(await comesBack()).toMatchObject({ status: 503, outcome: 'try_again' })
  const line = { level: 'warn', message: 'too many returns', requestId: expect.any(String) }
  expect(logged).toEqual([
    { ...line, of: 'user session' },
    { ...line, of: 'address' },
  ])
  expect(said).toEqual([])
})

describe('a return without a user session', () => {
  const refused = { event: 'binding_refused', reason: 'not-signed-in', requestId: expect.any(String) }
  beforeEach(() => {
    signedIn = false
  })

  test.each([
    ['of an unknown authorization', { state, session_id: sessionUri }, { startId: id, sessionUri }],
    ['malformed', {}, {}],
  ])('(%s) is audited, and names no user', async (_name, query, about) => {
    const { status, outcome } = await comesBack(query)
    expect([status, outcome]).toEqual([BINDING_OUTCOMES.not_signed_in, 'not_signed_in'])
    expect(said).toEqual([{ ...refused, ...about }])
  })

  test('with state and session URI ends the authorization, and its page looks like any other', async () => {
    const unknown = await comesBack()
    ;({ read } = ports.starts)
    said = []
    const { status, headers, page } = await comesBack()
    expect([status, headers.get('set-cookie'), page]).toEqual([unknown.status, null, unknown.page])
    expect(done).toEqual(['record left-its-browser'])
    expect(said.map(({ event }) => event)).toEqual(['binding_refused', 'left_its_browser'])
    for (const line of said) expect(line).not.toHaveProperty('user', expect.anything())
  })
})

describe('a return that is not recognized', () => {
  test('gets a complete HTML page that names no provider, and is audited with the request’s id', async () => {
    const { status, headers, page, outcome } = await comesBack()
    expect([status, outcome]).toEqual([BINDING_OUTCOMES.not_recognized, 'not_recognized'])
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('content-length')).toBe(String(Buffer.byteLength(page)))
    expect(page).not.toMatch(/github|google/i)
    expect(said).toEqual([
      expect.objectContaining({ event: 'binding_refused', requestId: expect.any(String), user: alice }),
    ])
    expect((await comesBack()).page).toBe(page)
  })
})

test('a fault gets a page without details that asks to try again', async () => {
  read = () => Promise.reject(new Error('a secret of the store'))
  const { status, page, outcome } = await comesBack()
  expect([status, outcome]).toEqual([BINDING_OUTCOMES.try_again, 'try_again'])
  expect(page).not.toContain('a secret')
  expect(logged).toEqual([
    {
      ...{ level: 'error', message: 'session binding failed', requestId: expect.any(String) },
      ...{ err: expect.any(Error), redisAway: false },
    },
  ])
})

test.each(['HEAD', 'POST', 'DELETE'])('%s is not accepted, and nothing is read', async (method) => {
  read = () => Promise.reject(new Error('not to be called'))
  const { status, headers } = await comesBack(undefined, { method })
  expect([status, headers.get('allow')]).toEqual([405, 'GET'])
  expect(said).toEqual([])
})
