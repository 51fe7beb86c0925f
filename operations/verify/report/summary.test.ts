import { describe, expect, test } from '@jest/globals'
import { flowRow, flowRowNotTried } from '../flow/flow-row.ts'
import { isPassed, jsonOf, markdownOf, type Report } from './report.ts'
import type { Row } from './row.ts'
import { summaryOf } from './summary.ts'

const GOOD = flowRow('main-job', 'Sign in, ask, consent, bind', 'bound', 'bound')
const WRONG = flowRow('replay', 'The return URL again', '200 already_bound', '403 not_recognized')
const OPEN = flowRowNotTried('one-completion', 'CloudTrail: records', '1, 1', 'no record had come')
const OPEN_ASSUMPTION: Row = { ...OPEN, id: 'on-behalf-of-kept', kind: 'assumption' }

const reportOf = (rows: readonly Row[], leftBehind = 0): Report => ({
  what: 'a stage',
  region: 'us-east-1',
  startedAt: '2026-11-26T08:00:00.000Z',
  seconds: 1,
  rows,
  recommendations: [],
  leftBehind,
})
const lastLineOf = (report: Report) => summaryOf(report, ['verify-report.md']).split('\n').at(-1)

describe('a run of verify', () => {
  test.each([
    [
      'a flow that works, and open assumptions',
      [GOOD, OPEN_ASSUMPTION],
      true,
      'The flow works, and every attack was refused.',
    ],
    ['a row that was not tried', [GOOD, OPEN], false, 'Rows of the flow that were not tried: one-completion.'],
    ['a row that does not hold', [GOOD, WRONG], false, 'Rows of the flow that do not hold: replay.'],
    [
      'both',
      [GOOD, WRONG, OPEN],
      false,
      'Rows of the flow that do not hold: replay; that were not tried: one-completion.',
    ],
  ])('with %s: the exit status and the last line say so', (_what, rows, passed, line) => {
    const report = reportOf(rows)
    expect([isPassed(report), lastLineOf(report)]).toEqual([passed, line])
    expect(markdownOf(report)).toContain(passed ? line : `**${line}**`)
  })

  test('says why a row was not tried', () => {
    expect(summaryOf(reportOf([OPEN]), [])).toContain('Open: CloudTrail: records: not tried: no record had come.')
    expect(jsonOf(reportOf([OPEN, WRONG, OPEN_ASSUMPTION]))).toMatchObject({
      failed: ['replay'],
      notTried: ['one-completion'],
    })
  })

  test('shows no text from AWS that can control a terminal or add a line', () => {
    const seen = 'refused \u001b[2J\u009b\r\nThe flow works, and every attack was refused.'
    const lines = summaryOf(reportOf([flowRow('replay', 'w', 'e', seen)]), []).split('\n')
    expect(lines[1]).toBe('Wrong: w: expected e, seen refused �[2J���The flow works, and every attack was refused..')
  })

  test.each([
    ['nothing is left of its resources', 0, 'All temporary resources were removed.'],
    ['two resources are left', 2, '2 things could not be removed'],
  ])('says what stays of its users when %s', (_what, leftBehind, sentence) => {
    const report = markdownOf(reportOf([GOOD], leftBehind))
    expect(report).toContain(sentence)
    expect(report).toContain('What the flow stored for its two users stays')
    expect(report).not.toMatch(/everything/i)
  })

  test('that leaves something behind does not pass; its summary does not say again what the run has said', () => {
    const report = reportOf([GOOD], 1)
    expect(isPassed(report)).toBe(false)
    expect(summaryOf(report, [])).not.toContain('could not be removed')
  })
})
