import { expect, test } from '@jest/globals'
import { queryOf } from './sign-in-request.ts'

test.each([
  ['/auth/callback?state=a&code=b', 'state=a&code=b'],
  ['/auth/callback', ''],
  ['https://evil.example/auth/callback?state=a', 'state=a'],
  ['?state=a', 'state=a'],
])('the query of %s is "%s"', (originalUrl, query) => {
  expect(queryOf({ originalUrl }).toString()).toBe(query)
})
