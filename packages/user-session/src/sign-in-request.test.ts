import { SIGN_IN_COOKIE } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { queryOf, signInCookieOf } from './sign-in-request.ts'

const secret = `aZ09_-${'a'.repeat(37)}`
const cookieOf = (value: string) => signInCookieOf({ headers: { cookie: `${SIGN_IN_COOKIE}=${value}` } })

test('the secret of a sign-in is read from its cookie', () => {
  expect(cookieOf(secret)).toBe(secret)
})

test.each([
  ['one character too few', secret.slice(1)],
  ['one too many', `${secret}a`],
  ['another character at its start', `.${secret}`],
  ['another character at its end', `${secret}.`],
  ['another character inside', `${secret.slice(0, 20)}.${secret.slice(21)}`],
  ['no character', ''],
])('a sign-in cookie with %s is not ours, and counts as none', (_name, value) => {
  expect(cookieOf(value)).toBeUndefined()
})

test('a request without the cookie has no secret', () => {
  expect(signInCookieOf({ headers: {} })).toBeUndefined()
})

test.each([
  ['/auth/callback?state=a&code=b', 'state=a&code=b'],
  ['/auth/callback', ''],
  ['https://evil.example/auth/callback?state=a', 'state=a'],
  ['?state=a', 'state=a'],
])('the query of %s is "%s"', (originalUrl, query) => {
  expect(queryOf({ originalUrl }).toString()).toBe(query)
})
