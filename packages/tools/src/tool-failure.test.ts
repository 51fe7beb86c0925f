import { VendorError } from '@agent-identity/provider-kit'
import { expect, test } from '@jest/globals'
import type { OfferedTool } from './offered-providers.ts'
import { failureOfAct, ToolFailure, UNKNOWN_OUTCOME, vendorFailure } from './tool-failure.ts'

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

test.each([
  [{}, 'Slack does not know that, or the user may not see it.'],
  [
    { more: true },
    'It was not found, but only a part of what Slack has was searched. It may be there: the user can do this at Slack directly.',
  ],
] as const)('what is not found in a list, which has %j, is told as far as it is known', (searched, words) => {
  const provider = { id: 'slack', displayName: 'Slack', credential: 'user' }
  const tool = { name: 'post_slack_message', does: 'change', provider } as unknown as OfferedTool
  const error = new VendorError('not-found', undefined, 'Error', searched)
  expect(vendorFailure(error, tool, { signal: new AbortController().signal, log }).message).toBe(words)
})
