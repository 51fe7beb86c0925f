import { expect, test } from '@jest/globals'
import { createUrlPolicy } from './url-policy.ts'

const policy = createUrlPolicy(['vendor'])

test.each([
  'https://idp.example/path',
  'http://localhost:8080',
  'http://LOCALHOST/x',
  'http://127.0.0.1:1',
  'http://127.9.9.9',
  'http://[::1]:8080/x',
  'http://vendor:9000/token',
])('%s is allowed', (url) => {
  expect(policy.allows(url)).toBe(true)
})

test.each([
  'http://idp.example',
  'http://localhost.example',
  'http://sub.localhost',
  'http://127.0.0.1.example',
  'http://vendor.example',
  'http://10.0.0.1',
  'http://[::2]',
  'ftp://localhost',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'https://user:password@idp.example',
  'http://user@localhost',
  'localhost:8080',
  '',
])('%s is not allowed', (url) => {
  expect(policy.allows(url)).toBe(false)
})
