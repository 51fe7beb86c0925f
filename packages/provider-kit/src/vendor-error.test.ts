import { expect, test } from '@jest/globals'
import { toVendorError } from './vendor-error.ts'

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
