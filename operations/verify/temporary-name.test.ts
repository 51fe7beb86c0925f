import { expect, test } from '@jest/globals'
import { isLeftover, isTemporary, temporaryName } from './temporary-name.ts'

const HOUR_MS = 3_600_000

function made(millisecondsAgo: number): string {
  const now = Date.now
  Date.now = () => now() - millisecondsAgo
  try {
    return temporaryName()
  } finally {
    Date.now = now
  }
}

test.each([
  ['now', made(0), false],
  ['two hours ago', made(2 * HOUR_MS), false],
  ['two hours ago, for a user', `${made(2 * HOUR_MS)}@example.com`, false],
  ['four hours ago', made(4 * HOUR_MS), true],
  ['four hours ago, for a user', `${made(4 * HOUR_MS)}@example.com`, true],
  ['by an older version', 'agent-identity-verify-0123456789ab', true],
  ['by an older version, for tokens', 'agent-identity-verify-direct', true],
])('what was made %s is temporary, and left by a killed run: %s %s', (_when, name, left) => {
  expect([isTemporary(name), isLeftover(name)]).toEqual([true, left])
})

test.each(['agent-identity-sandbox', 'verify-0123456789ab', undefined])('%s is neither', (name) => {
  expect([isTemporary(name), isLeftover(name)]).toEqual([false, false])
})

test('no two names are the same', () => {
  expect(temporaryName()).toMatch(/^agent-identity-verify-[0-9a-f]{8}-[0-9a-f]{12}$/)
  expect(temporaryName()).not.toBe(temporaryName())
})
