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
