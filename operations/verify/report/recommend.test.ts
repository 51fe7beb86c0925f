import { expect, test } from '@jest/globals'
import { authorizationCookie } from '../assumptions/authorization-cookie.ts'
import { recommend } from './recommend.ts'
import { markdownOf } from './report.ts'
import type { Row } from './row.ts'

const two = authorizationCookie.assumptions.find(({ option }) => option?.name === 'authorizationCookie')
const SEPARATE = 'still comes back'
const SHARED = 'is lost'

const rowsWhere = (seen: string): Row[] => [
  { id: two?.id ?? '', kind: 'assumption', assumption: 'w', expected: SEPARATE, seen, verdict: 'holds' },
]

test('the recommendation uses the observations of the experiment', () => {
  expect(two?.option?.values).toEqual({ [SEPARATE]: 'per-session', [SHARED]: 'shared' })
})

test.each([
  [SEPARATE, 'one', "consentsAtOnce: 'many'"],
  [SHARED, 'many', "consentsAtOnce: 'one'"],
] as const)('a first consent that %s, in a stage with %s: %s is recommended', (seen, option, sentence) => {
  expect(recommend(rowsWhere(seen), option)).toEqual([expect.stringContaining(sentence)])
})

test.each([
  [SEPARATE, 'many'],
  [SHARED, 'one'],
  ['not tried: it broke off', 'one'],
  ['not tried: it broke off', 'many'],
  [SEPARATE, undefined],
] as const)('a first consent that %s, with %s: nothing is recommended', (seen, option) => {
  expect(recommend(rowsWhere(seen), option)).toEqual([])
})

test('the report contains it', () => {
  const report = {
    what: 'a stage',
    region: 'us-east-1',
    startedAt: '2026-11-26T08:00:00.000Z',
    seconds: 1,
    leftBehind: 0,
  }
  const rows = rowsWhere(SEPARATE)
  expect(markdownOf({ ...report, rows, recommendations: recommend(rows, 'one') })).toContain(
    "Recommended:\n\n- AgentCore keeps a cookie for each authorization here: set `consentsAtOnce: 'many'`",
  )
  expect(markdownOf({ ...report, rows, recommendations: [] })).not.toContain('Recommended')
})
