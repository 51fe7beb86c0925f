import { describe, expect, test } from '@jest/globals'
import { readFirst, toVendorError, VendorError } from './vendor-error.ts'

test.each([
  [400, 'invalid'],
  [404, 'not-found'],
  [409, 'conflict'],
  [429, 'rate-limited'],
  [503, 'unavailable'],
] as const)('status %i is %s', (status, reason) => {
  expect(toVendorError({ status })).toMatchObject({ reason, status })
})

test.each([408, 499])(
  'status %i is no refusal: the request may have been executed, and is not made again',
  (status) => {
    expect(toVendorError({ status }).reason).toBe('unavailable')
  },
)

test.each([
  ['lacks every accepted scope', 'read:user', 'scope-missing', 'scope-missing'],
  ['has an accepted scope', 'read:user, repo', 'forbidden', 'not-found'],
  ['is a GitHub App’s, without scopes', '', 'forbidden', 'not-found'],
  ['has an unknown grant', undefined, 'forbidden', 'not-found'],
] as const)('what GitHub refuses a token that %s', (_which, granted, forbidden, notFound) => {
  const headers = { 'x-accepted-oauth-scopes': 'public_repo, repo', 'x-oauth-scopes': granted }
  const reasons = [403, 404].map((status) => toVendorError({ status, response: { headers } }).reason)
  expect(reasons).toEqual([forbidden, notFound])
})

describe('what a tool reads before it changes something', () => {
  const failing = (error: Error) => readFirst(() => Promise.reject(error)).catch((thrown: unknown) => thrown)

  test('has changed nothing when the vendor does not answer, whose failure stays known', async () => {
    const unanswered = new VendorError('unavailable', 502, 'BadGateway')
    expect(unanswered.mayHaveChanged).toBe(true)
    const known = { reason: 'unavailable', status: 502, errorName: 'BadGateway', mayHaveChanged: false }
    expect(await failing(unanswered)).toMatchObject(known)
  })

  test.each([
    ['a refusal', new VendorError('not-found', undefined, 'Error', { more: true })],
    ['an error of our own', new TypeError('a secret')],
  ])('throws %s as it is', async (_what, error) => {
    expect(await failing(error)).toBe(error)
  })

  test('is answered', async () => {
    expect(await readFirst(async () => 'UTC')).toBe('UTC')
  })
})
