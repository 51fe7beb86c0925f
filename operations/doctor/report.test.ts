import { expect, test } from '@jest/globals'
import { examineStage } from '../test-support/examine-stage.ts'
import { byHand, notChecked, wrong } from './finding.ts'
import { jsonReport, textReport } from './report.ts'

const { target } = await examineStage()
const RESULTS = [
  { check: 'one', findings: [] },
  { check: 'two', findings: [byHand('Compare it.'), wrong('It is broken.', 'Mend it.')] },
  { check: 'three', findings: [notChecked('There is no answer.')] },
  { check: 'four', findings: [byHand('Compare that.')] },
]

test('the report has a line for each check, each problem with its fix, and the count', () => {
  expect(textReport(target, RESULTS)).toBe(`agent-identity-sandbox in us-east-1

ok          one
wrong       two
            Compare it.
            It is broken.
            → Mend it.
not checked three
            There is no answer.
by hand     four
            Compare that.

Wrong: 1; 1 of 4 checks could not run completely.
`)
})

test('the summary of a report without problems says that nothing wrong was found', () => {
  expect(textReport(target, RESULTS.slice(0, 1))).toContain('\nNothing wrong was found.\n')
})

test('the report for programs is one line of JSON', () => {
  const report = jsonReport(target, RESULTS)
  expect(report.trimEnd()).not.toContain('\n')
  expect(JSON.parse(report)).toMatchObject({
    of: 'agent-identity-sandbox in us-east-1',
    wrong: 1,
    checks: [{ check: 'one', outcome: 'ok' }, { outcome: 'wrong' }, { outcome: 'not checked' }, { outcome: 'by hand' }],
  })
})

test.each([
  ['people', textReport],
  ['programs', jsonReport],
])('in the report for %s, no text from AWS can control a terminal', (_whom, reportOf) => {
  const report = reportOf(target, [{ check: 'one', findings: [wrong('\u001b[2J', '\r\u009b')] }])
  expect(report.trimEnd()).not.toMatch(/(?!\n)\p{Cc}/u)
})
