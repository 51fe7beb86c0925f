import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { Answer } from '../support/http-browser.ts'
import { emulatorOf, signedIn, somebodyNew, stackOfThisWorker } from '../support/stack.ts'
import { failVendor } from '../support/vendors.ts'

const stack = stackOfThisWorker()
const emulator = emulatorOf(stack)
afterEach(() => emulator.forgetFaults())
const id = (bytes: number) => randomBytes(bytes).toString('base64url')
const problemOf = (answer: Answer) => {
  expect(answer.headers['content-type']).toContain('application/problem+json')
  const problem = JSON.parse(answer.body) as { status: number; code: string; requestId: string }
  expect(problem).toMatchObject({ status: answer.status, requestId: answer.headers['x-request-id'] })
  return [answer.status, problem.code]
}

test('a missing record and another user’s get the same answer', async () => {
  const owner = await signedIn(stack)
  const { stream, turnId, conversationId } = await owner.ask('List my repositories')
  const { data } = await stream.next('authorization_required')
  const other = await signedIn(stack)
  const unknown = { turn: `${id(16)}.${id(8)}`, conversation: id(16), authorization: `${id(16)}.${id(16)}` }
  const requests = [
    (t: string) => other.api(`/api/turns/${t}/events`),
    (_t: string, c: string) => other.api(`/api/conversations/${c}`),
    (_t: string, c: string) => other.postTurn({ message: 'hello', conversationId: c }),
    (_t: string, _c: string, a: string) => other.api(`/api/authorizations/${a}`, { method: 'DELETE' }),
    (_t: string, _c: string, a: string) => other.api(`/authorizations/${a}/start`),
  ]
  for (const request of requests) {
    const foreign = await request(turnId, conversationId, data.authorizationId)
    const missing = await request(unknown.turn, unknown.conversation, unknown.authorization)
    const malformed = await request('x', 'x', 'x')
    for (const answer of [foreign, missing, malformed]) expect(problemOf(answer)).toEqual([404, 'not_found'])
    expect({ ...JSON.parse(foreign.body), requestId: '' }).toEqual({ ...JSON.parse(missing.body), requestId: '' })
  }
  expect(problemOf(await other.api('/api/connections/myspace/authorizations', { method: 'POST' }))).toEqual([
    404,
    'not_found',
  ])

  await owner.connect(data.startUrl)
  expect(await stream.answer()).toContain(`repo-of-${owner.username}`)
})

describe('a turn', () => {
  test.each([
    ['malformed JSON', '{"message":', 'application/json', 400, 'invalid_request'],
    ['no message', '{}', 'application/json', 400, 'invalid_request'],
    ['an empty message', '{"message":"  "}', 'application/json', 400, 'invalid_request'],
    ['a message that is not a string', '{"message":["x"]}', 'application/json', 400, 'invalid_request'],
    ['an unknown member', '{"message":"x","userId":"alice"}', 'application/json', 400, 'invalid_request'],
    [
      'a message of 8 KiB and one byte',
      JSON.stringify({ message: 'x'.repeat(8_193) }),
      'application/json',
      413,
      'payload_too_large',
    ],
    [
      'an enormous body',
      JSON.stringify({ message: 'x'.repeat(500_000) }),
      'application/json',
      413,
      'payload_too_large',
    ],
    ['a form', 'message=x', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ['text', '{"message":"x"}', 'text/plain', 415, 'unsupported_media_type'],
  ])('with %s is refused', async (_name, body, contentType, status, code) => {
    const somebody = await signedIn(stack)
    const url = new URL('/api/turns', stack.app)
    const answer = await somebody.browser.send(url, {
      method: 'POST',
      raw: body,
      headers: { 'content-type': contentType, 'sec-fetch-site': 'same-origin', origin: url.origin },
    })
    expect(problemOf(answer)).toEqual([status, code])
  })

  test('with a message of exactly 8 KiB is accepted, in two-byte letters too', async () => {
    const somebody = await signedIn(stack)
    for (const message of ['x'.repeat(8_192), 'é'.repeat(4_096)])
      expect((await somebody.postTurn({ message })).status).toBe(202)
  })
})

test('without a user session API routes answer 401 and pages redirect to the sign-in', async () => {
  const anonymous = await somebodyNew(stack)
  for (const path of ['/api/session', '/api/connections', `/api/turns/${id(16)}.${id(8)}/events`])
    expect(problemOf(await anonymous.api(path))).toEqual([401, 'not_signed_in'])
  const page = await anonymous.browser.navigate(new URL('/connections', stack.app), { until: () => true })
  expect(page.url.pathname + page.url.search).toBe('/auth/sign-in?return_to=%2Fconnections')
})

describe('a vendor that', () => {
  test.each([
    ['answers 500', { status: 500 }],
    ['answers nonsense', { status: 200, body: '<html>hello</html>', contentType: 'text/html' }],
    ['answers another shape', { status: 200, body: '{"surprise":true}', contentType: 'application/json' }],
  ])('%s: the turn ends with an answer that lists nothing, and the next one works', async (_name, fault) => {
    const somebody = await signedIn(stack)
    const first = await somebody.ask('List my repositories')
    await somebody.connect((await first.stream.next('authorization_required')).data.startUrl)
    await first.stream.answer()

    await failVendor(stack, 'github', { path: '/user/repos', times: 1, ...fault })
    const broken = await somebody.ask('List my repositories')
    const words = await broken.stream.answer()
    expect(words.length).toBeGreaterThan(20)
    expect(words).not.toContain('repo-of-')
    expect(await (await somebody.ask('List my repositories')).stream.answer()).toContain(`repo-of-${somebody.username}`)
  })
})

test('AgentCore fails: the page says that nothing is lost, and the same link works a moment later', async () => {
  const somebody = await signedIn(stack)
  const { stream } = await somebody.ask('List my repositories')
  const { startUrl } = (await stream.next('authorization_required')).data
  // Work that earlier tests have left takes failures, too.
  await emulator.fault({ operation: 'GetResourceOauth2Token', status: 500, times: 1_000 })
  const page = await somebody.start(startUrl)
  expect([page.status, page.body.includes('Nothing is lost')]).toEqual([503, true])
  await emulator.forgetFaults()
  await somebody.connect(startUrl)
  expect(await stream.answer()).toContain(`repo-of-${somebody.username}`)
})
