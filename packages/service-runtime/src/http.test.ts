import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import express from 'express'
import { ApiError } from './api-error.ts'
import { errorHandler, notFound } from './error-handler.ts'
import { createLogger } from './logger.ts'
import { requestLog } from './request-log.ts'
import { listen, type RunningServer } from './run-server.ts'
import { notFromAnotherSite, notLoadedByAnotherSite, requireSameOrigin } from './same-origin.ts'
import { securityHeaders } from './security-headers.ts'

const publicUrl = 'https://agent.example.com'
let server: RunningServer

beforeAll(async () => {
  const log = createLogger({ service: 'test', level: 'silent' })
  const app = express()
  app.use(requestLog(log))
  app.use(securityHeaders(publicUrl))
  app.post('/change', requireSameOrigin(publicUrl), (_request, response) => void response.send('changed'))
  app.get('/own', notFromAnotherSite, (_request, response) => void response.send('read'))
  app.get('/page', notLoadedByAnotherSite, (_request, response) => void response.send('shown'))
  app.post('/json', express.json({ limit: 10 }), (_request, response) => void response.send('parsed'))
  app.get('/fault', () => {
    throw new Error('the database password is hunter2')
  })
  app.get('/refusal', () => {
    throw new ApiError('turn_in_progress')
  })
  app.get('/items/:id', (_request, response) => void response.send('item'))
  app.use(notFound)
  app.use(errorHandler(log))
  server = await listen(app, { port: 0, drainSeconds: 1 })
})
afterAll(() => server.stop())

function send(method: string, path: string, headers: Record<string, string> = {}, body = '') {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const outgoing = request(server.url + path, { method, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

describe('a state-changing request', () => {
  test.each([
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    [{ 'sec-fetch-site': 'same-site', origin: 'https://other.example.com' }],
    [{ 'sec-fetch-site': 'none' }],
    [{ 'sec-fetch-site': 'cross-site', origin: 'null' }],
    [{ 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }],
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ origin: 'https://agent.example.com.evil.example' }],
    [{ referer: `${publicUrl}/` }],
    [{}],
  ])('is refused with %j', async (headers) => {
    const { status, body } = await send('POST', '/change', headers)
    expect(status).toBe(403)
    expect(JSON.parse(body)).toMatchObject({ code: 'cross_site_request' })
  })

  test.each([
    [{ 'sec-fetch-site': 'same-origin', origin: publicUrl }],
    [{ 'sec-fetch-site': 'same-origin' }],
    [{ 'sec-fetch-site': 'same-origin', origin: 'null' }],
    [{ origin: publicUrl }],
  ])('is accepted with %j', async (headers) => {
    expect((await send('POST', '/change', headers)).status).toBe(200)
  })
})

test.each([
  ['cross-site', 403],
  ['same-site', 403],
  ['same-origin', 200],
  ['none', 200],
  [undefined, 200],
])('what only our own pages and programs read: with Sec-Fetch-Site %s, the answer is %d', async (site, status) => {
  expect((await send('GET', '/own', site === undefined ? {} : { 'sec-fetch-site': site })).status).toBe(status)
})

test.each([
  ['fetch from another site', 403, { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'empty' }],
  ['frame of another port', 403, { 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'iframe' }],
  [
    'request ahead of a click',
    403,
    { 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'document', 'sec-purpose': 'prefetch' },
  ],
  ['link on another site', 200, { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' }],
  ['fetch of our own page', 200, { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'empty' }],
  ['client without Fetch Metadata', 200, {}],
])('a page, for a %s: the answer is %d', async (_from, status, headers) => {
  expect((await send('GET', '/page', headers)).status).toBe(status)
})

describe('an error', () => {
  test('that is a fault shows the browser no details', async () => {
    const { status, headers, body } = await send('GET', '/fault')
    expect(status).toBe(500)
    expect(body).not.toContain('hunter2')
    expect(headers['content-type']).toContain('application/problem+json')
    expect(JSON.parse(body)).toEqual({
      type: 'about:blank',
      title: expect.any(String),
      status: 500,
      code: 'internal_error',
      requestId: headers['x-request-id'],
    })
  })

  test.each([
    ['GET', '/refusal', {}, '', 409, 'turn_in_progress'],
    ['GET', '/nowhere', {}, '', 404, 'not_found'],
    ['GET', '/items/%E0%A4%A', {}, '', 400, 'invalid_request'],
    ['POST', '/json', { 'content-type': 'application/json' }, '{"a":', 400, 'invalid_request'],
    ['POST', '/json', { 'content-type': 'application/json' }, '{"a":"0123456789"}', 413, 'payload_too_large'],
    ['POST', '/json', { 'content-type': 'application/json; charset=ebcdic' }, '{}', 415, 'unsupported_media_type'],
  ])('%s %s %j %s is %d %s', async (method, path, headers, body, status, code) => {
    const answer = await send(method, path, headers, body)
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.body)).toMatchObject({ status, code })
  })
})

test('an answer forbids framing, sniffing, referrers, caching and inline content', async () => {
  const { headers } = await send('GET', '/nowhere')
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'strict-transport-security': expect.stringContaining('max-age=63072000'),
  })
  // Some directives do not fall back to default-src.
  expect(String(headers['content-security-policy']).split(';')).toEqual([
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ])
})
