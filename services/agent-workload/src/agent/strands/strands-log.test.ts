import { expect, test } from '@jest/globals'
import { withoutValues } from './strands-log.ts'

test.each([
  ['model retries', 'model retries'],
  ['block_type=<reasoning> | unsupported content type | skipping', 'unsupported content type | skipping'],
  ['tool=<open_issue>, input=<{"title":"a> | b"}> | tool call dropped', 'tool call dropped'],
  ['attempt failed | error=<Error: alice@work\n | x>', 'attempt failed'],
  ['name=<a> | compression failed, continuing | error=<Error: b>', 'compression failed, continuing'],
])('%j is logged as %j', (text, logged) => {
  expect(withoutValues(text)).toBe(logged)
})
