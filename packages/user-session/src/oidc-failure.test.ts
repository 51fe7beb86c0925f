import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { describeFailure, isIssuerAway, isRefusal, oauthErrorOf } from './oidc-failure.ts'

describe('the issuer’s error code', () => {
  test.each(['invalid_grant', 'a', 'a'.repeat(64)])('is taken when it looks like one: %s', (error) => {
    expect(oauthErrorOf({ error })).toBe(error)
  })

  test.each([
    ['empty', ''],
    ['too long', 'a'.repeat(65)],
    ['in other characters', 'Invalid_grant'],
    ['on two lines', 'invalid_grant\nforged'],
    ['after something else', '<b>invalid_grant'],
    ['no text', 1],
  ])('is not taken when it is %s', (_what, error) => {
    expect(oauthErrorOf({ error })).toBeUndefined()
  })

  test.each([undefined, null, 'invalid_grant'])('is not read from %s', (error) => {
    expect(oauthErrorOf(error)).toBeUndefined()
  })
})

describe('the issuer has refused', () => {
  test.each([
    ['with an error code', { error: 'invalid_grant' }, true],
    ['with a status', { status: 401 }, true],
    ['with neither', { code: 'OAUTH_TIMEOUT' }, false],
    ['with a status that is no number', { status: '401' }, false],
  ])('%s: %j is %s', (_how, error, refused) => {
    expect(isRefusal(error)).toBe(refused)
  })
})

describe('the issuer is away', () => {
  test.each([
    [{ code: 'OAUTH_TIMEOUT' }, true],
    [{ code: 'OAUTH_ABORT' }, true],
    [{ code: 'OAUTH_RESPONSE_IS_NOT_CONFORM' }, true],
    [{ code: 'OAUTH_RESPONSE_IS_NOT_JSON' }, true],
    [{ code: 'OAUTH_JWT_CLAIM_COMPARISON_FAILED' }, false],
    [{ code: 1 }, false],
    [{ status: 499 }, false],
    [{ status: 500 }, true],
    [{ status: 428 }, false],
    [{ status: 429 }, true],
    [{ status: '503' }, false],
    [{ error: 'server_error' }, true],
    [{ error: 'temporarily_unavailable' }, true],
    [{ error: 'access_denied' }, false],
    [{ name: 'TypeError' }, true],
    [{ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }, false],
    [{ name: 'Error' }, false],
    [undefined, false],
    [null, false],
  ])('after %j: %s', (error, away) => {
    expect(isIssuerAway(error)).toBe(away)
  })
})

test('an answer that is broken off or stalls while it is read counts as the issuer’s absence; one that is no JSON does not', async () => {
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 }).write('{"access')
    if (request.url === '/cut') setImmediate(() => response.destroy())
    if (request.url === '/reset') setImmediate(() => request.socket.resetAndDestroy())
    if (request.url === '/no-json') response.end('x'.repeat(92))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const read = async (path: string) => {
    const { port } = server.address() as AddressInfo
    const answer = await fetch(`http://127.0.0.1:${port}${path}`)
    return answer.json().catch((cause) => ({ code: 'OAUTH_PARSE_ERROR', cause: { code: 'OAUTH_PARSE_ERROR', cause } }))
  }
  expect(isIssuerAway(await read('/cut'))).toBe(true)
  expect(isIssuerAway(await read('/reset'))).toBe(true)
  expect(describeFailure(await read('/cut'))).toMatchObject({ detailCode: 'UND_ERR_SOCKET' })
  expect(isIssuerAway(await read('/no-json'))).toBe(false)
  server.closeAllConnections()
  server.close()
  const timeout = new DOMException('The operation timed out', 'TimeoutError')
  expect(isIssuerAway({ code: 'OAUTH_PARSE_ERROR', cause: { code: 'OAUTH_PARSE_ERROR', cause: timeout } })).toBe(true)
})

test('the log gets the name, the codes and the messages of an error, and nothing else of it', () => {
  const cause = { code: 'JWT_INVALID', message: 'of the library', parts: 'a-token' }
  const error = { name: 'ClientError', code: 'OAUTH_X', message: 'of the library', status: 400, error: 'invalid_grant' }
  expect(describeFailure({ ...error, error_description: 'a-token', body: 'a-token', cause })).toEqual({
    failure: 'ClientError',
    failureCode: 'OAUTH_X',
    message: 'of the library',
    status: 400,
    oauthError: 'invalid_grant',
    detail: 'of the library',
    detailCode: 'JWT_INVALID',
  })
  const unusual = { name: 'Error', code: 1, status: '400', error: 'a token?', cause: { message: 'a-token' } }
  expect(describeFailure(unusual)).toStrictEqual({ failure: 'Error', message: undefined })
  expect(describeFailure(undefined)).toStrictEqual({ failure: undefined, message: undefined })
})
