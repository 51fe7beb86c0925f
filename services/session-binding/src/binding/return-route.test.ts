import { type AuditEvent, BINDING_OUTCOMES, type UserRef, type UserSessionRef } from '@agent-identity/contracts'
import { createLogger, listen, type RunningServer } from '@agent-identity/service-runtime'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createApp } from '../app.ts'
import type { BindSessionPorts } from './bind-session.ts'

const ref = 'A'.repeat(22) as UserSessionRef
const alice = 'a'.repeat(22) as UserRef
const id = `${ref}.${'i'.repeat(22)}`
const state = `${id}.${'s'.repeat(43)}`
const sessionUri = 'urn:ietf:params:oauth:request_uri:x'

let server: RunningServer
let signedIn: boolean
let read: BindSessionPorts['authorizations']['read']
let said: AuditEvent[]

beforeAll(async () => {
  const unused = () => Promise.reject(new Error('not to be called'))
  const app = createApp({
    publicUrl: 'https://agent.example.com',
    health: (_request, _response, next) => next(),
    userSessions: { of: async () => (signedIn ? ({ ref, userRef: alice } as CurrentUserSession) : undefined) },
    authorizations: {
      read: (authorizationId) => read(authorizationId),
      openIdentityArtifact: () => ({ kind: 'user-id', userId: 'x' }),
      claim: unused,
      recordOutcome: unused,
      untilOutcome: unused,
    },
    identity: { completeAuthorization: unused },
    limits: { userSession: async () => undefined, address: async () => undefined },
    addressOf: () => '203.0.113.1',
    audit: (event) => void said.push(event),
    clock: Date.now,
    log: createLogger({ service: 'test', level: 'silent' }),
  })
  server = await listen(app, { port: 0, drainSeconds: 1 })
})
afterAll(() => server.stop())
beforeEach(() => {
  signedIn = true
  said = []
  read = async () => undefined
})

async function comesBack(query: Record<string, string> = { state, session_id: sessionUri }, method = 'GET') {
  const answer = await fetch(`${server.url}/oauth2/session-binding?${new URLSearchParams(query)}`, { method })
  const page = await answer.text()
  return { status: answer.status, headers: answer.headers, page, outcome: /data-outcome="([^"]*)"/.exec(page)?.[1] }
}

describe('a return without a user session', () => {
  test.each([
    ['in order', { state, session_id: sessionUri }, { authorizationId: id, sessionUri }],
    ['malformed', {}, {}],
  ])('(%s) reads no record, and is audited', async (_name, query, about) => {
    signedIn = false
    read = () => Promise.reject(new Error('not to be called'))
    const { status, outcome } = await comesBack(query)
    expect([status, outcome]).toEqual([BINDING_OUTCOMES.not_signed_in, 'not_signed_in'])
    expect(said).toEqual([
      { event: 'binding_refused', reason: 'not-signed-in', requestId: expect.any(String), ...about },
    ])
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
    // A repetition gets the same page.
    expect((await comesBack()).page).toBe(page)
  })
})

test('a fault gets a page without details that asks to try again', async () => {
  read = () => Promise.reject(new Error('a secret of the store'))
  const { status, page, outcome } = await comesBack()
  expect([status, outcome]).toEqual([BINDING_OUTCOMES.try_again, 'try_again'])
  expect(page).not.toContain('a secret')
})

test.each(['HEAD', 'POST', 'DELETE'])('%s is not accepted, and nothing is read', async (method) => {
  read = () => Promise.reject(new Error('not to be called'))
  const { status, headers } = await comesBack(undefined, method)
  expect([status, headers.get('allow')]).toEqual([405, 'GET'])
  expect(said).toEqual([])
})
