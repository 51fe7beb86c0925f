import { afterAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { startClosingServer } from './test-support/closing-server.ts'
import { ISSUER, startKeySet } from './test-support/logout-tokens.ts'

const { answers, keys, time, seconds, startReader, sign, reset, stop } = await startKeySet()
beforeEach(reset)
afterAll(stop)

test('an issuer whose keys could not be fetched is asked again after a moment, however many tokens come until then', async () => {
  const { read } = startReader()
  const token = await sign()
  answers.status = 503
  for (let n = 0; n < 5; n++) expect(await read(token)).toEqual({ refused: 'issuer-unavailable' })
  expect(answers.asked).toBe(1)
  answers.status = 200
  time.now += 4_999
  expect(await read(token)).toEqual({ refused: 'issuer-unavailable' })
  expect(answers.asked).toBe(1)
  time.now += 1
  expect(await read(token)).toMatchObject({ subject: 'alice' })
  expect(await read(token)).toMatchObject({ subject: 'alice' })
  expect(answers.asked).toBe(2)
})

test('an issuer that cannot be reached is not asked for every token either', async () => {
  const closing = await startClosingServer()
  const { read, lines } = startReader({ jwksUri: closing.url })
  const token = await sign()
  for (let n = 0; n < 2; n++) expect(await read(token)).toEqual({ refused: 'issuer-unavailable' })
  // The second request was not sent.
  expect(lines.map(({ text }) => /failure: '(\w+)'/.exec(text)?.[1])).toEqual(['TypeError', 'Error'])
  await closing.stop()
})

describe('keys', () => {
  test.each([
    ['without their address', { jwksUri: undefined }],
    ['without encryption from another machine', { jwksUri: 'http://issuer.example/keys' }],
    ['before the issuer’s metadata could be read', 'no-metadata' as const],
  ])('are not fetched %s', async (_when, signatures) => {
    const { read, lines } = startReader(signatures)
    expect(await read(await sign())).toEqual({ refused: 'issuer-unavailable' })
    expect([answers.asked, lines]).toEqual([0, []])
  })

  test('are fetched from another machine over TLS', async () => {
    const fetched = jest.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response(keys))
    try {
      const { read } = startReader({ jwksUri: 'https://issuer.example/keys' })
      expect(await read(await sign())).toMatchObject({ subject: 'alice' })
      expect(fetched.mock.calls.map(([url]) => String(url))).toEqual(['https://issuer.example/keys'])
    } finally {
      fetched.mockRestore()
    }
  })
})

describe('a signature', () => {
  test.each([
    ['RS256', ['RS256']],
    ['PS512', ['RS256', 'PS512']],
    ['RS256', undefined],
  ])('with %s is accepted from an issuer that names %j', async (alg, algorithms) => {
    expect(await startReader({ algorithms }).read(await sign({}, { alg }))).toMatchObject({ subject: 'alice' })
  })

  test.each([
    ['PS256', ['RS256']],
    ['RS512', undefined],
    ['RS256', []],
    ['RS256', ['none', 'HS256', 'XRS256', 'RS2560']],
  ])('with %s is not accepted from an issuer that names %j', async (alg, algorithms) => {
    expect(await startReader({ algorithms }).read(await sign({}, { alg }))).toEqual({ refused: 'wrong-signature' })
  })
})

test('what is read is the session at the issuer, its user, and a hash of the token’s own id', async () => {
  const { read } = startReader()
  const first = await read(await sign({ sid: 's' }))
  expect(first).toEqual({ issuer: ISSUER, subject: 'alice', sid: 's', hash: expect.stringMatching(/^[\w-]{22}$/) })
  expect(await read(await sign({ sid: 's', jti: 'two' }))).not.toEqual(first)
  expect(await read(await sign({ sub: undefined, sid: 's' }))).toMatchObject({ subject: undefined, sid: 's' })
})

test('a refused token is logged by its reason, without a part of it', async () => {
  const { read, lines } = startReader()
  expect(await read(await sign({ aud: 'a-secret-place' }))).toEqual({ refused: 'wrong-audience' })
  expect(lines).toHaveLength(1)
  expect(lines[0]?.text).toMatch(/refused: 'wrong-audience', failure: 'JWTClaimValidationFailed'/)
  expect(lines[0]?.text).not.toContain('a-secret-place')
})

test('a token is accepted for 361 seconds at most: later, its record as a used one may be gone', async () => {
  const { read } = startReader()
  const arrived = time.now
  const ahead = await sign({ iat: seconds() + 30, exp: seconds() + 3_600 })
  const tooFarAhead = await sign({ iat: seconds() + 31, exp: seconds() + 3_600 })
  expect([await read(ahead), await read(tooFarAhead)]).toMatchObject([{ subject: 'alice' }, { refused: 'not-fresh' }])
  time.now = arrived + 360_999
  expect(await read(ahead)).toMatchObject({ subject: 'alice' })
  time.now = arrived + 361_000
  expect(await read(ahead)).toEqual({ refused: 'not-fresh' })
})
