import { VendorError } from '@agent-identity/provider-kit'
import { expect, test } from '@jest/globals'
import { failureOfAct, ToolFailure, UNKNOWN_OUTCOME } from './tool-failure.ts'

const log = { warn() {}, error() {} }

test.each(['change', 'repeatable-change'] as const)('a %s that fails unexpectedly may have been made', (does) => {
  const failure = failureOfAct(new Error('a secret'), { name: 'open_issue', does }, { log })
  expect(failure.message).toBe(`That did not work.${UNKNOWN_OUTCOME}`)
})

test('a read that fails unexpectedly has changed nothing', () => {
  const failure = failureOfAct(new Error('a secret'), { name: 'list', does: 'read' }, { log })
  expect(failure.message).toBe('That did not work.')
})

test.each([new ToolFailure('in words'), new VendorError('unavailable')])(
  'what a tool says of its failure stays: %s',
  (error) => {
    expect(failureOfAct(error, { name: 'open_issue', does: 'change' }, { log })).toBe(error)
  },
)
