import { expect, test } from '@jest/globals'
import { jwtExpiry } from './jwt-expiry.ts'

const jwt = (claims: string) => `h.${Buffer.from(claims).toString('base64url')}.s`

test('the expiry is in milliseconds, from claims in base64url', () => {
  // In base64 this has `+` and `/`.
  expect(jwtExpiry(jwt('{"name":"ûÿ>>>???","exp":1900000000}'))).toBe(1_900_000_000_000)
})

test.each(['', 'opaque', 'a.b.c', jwt('null'), jwt('{}'), jwt('{"exp":"1900000000"}'), jwt('{"exp":1e999}')])(
  'there is no expiry in %j',
  (text) => {
    expect(jwtExpiry(text)).toBeUndefined()
  },
)
