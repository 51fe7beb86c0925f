import { printable } from '../../printable.ts'
import { contradictedOptions, failuresOf, notTriedOf, type Report, resultOf } from './report.ts'

/** The last line is the result. `runVerification` has said how many removals failed. */
export function summaryOf(report: Report, files: readonly string[]): string {
  const verdicts = ['holds', 'contradicted', 'not tried'].map(
    (verdict) => `${report.rows.filter((row) => row.verdict === verdict).length} ${verdict}`,
  )
  const options = contradictedOptions(report).map(
    ({ name, value }) => `${name} (${JSON.stringify(value ?? 'neither value')})`,
  )
  return [
    `${verdicts.join(', ')}.`,
    ...failuresOf(report).map(
      ({ assumption, expected, seen }) => `Wrong: ${assumption}: expected ${expected}, seen ${seen}.`,
    ),
    ...notTriedOf(report).map(({ assumption, seen }) => `Open: ${assumption}: ${seen}.`),
    options.length === 0
      ? 'No option of the emulator is contradicted.'
      : `Options of the emulator that are contradicted: ${options.join(', ')}.`,
    ...report.recommendations,
    `Written: ${files.join(', ')}`,
    resultOf(report),
  ]
    .map(printable)
    .join('\n')
}
