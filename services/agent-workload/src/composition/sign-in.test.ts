import { expect, test } from '@jest/globals'
import { isUnattended } from './sign-in.ts'

test.each([
  ['GET', '/api/connections', true],
  ['GET', '/api/connections/events', true],
  ['GET', '/api/consent-requests', true],
  ['GET', '/connections', false],
  ['GET', '/api/session', false],
  ['POST', '/api/connections/github/authorizations', false],
  ['DELETE', '/api/connections/github', false],
])('%s %s is a request that a page makes without its user: %s', (method, path, alone) => {
  expect(isUnattended({ method, path })).toBe(alone)
})
