import { describeFailure } from './describe-failure.ts'
import { type Check, type Finding, notChecked } from './finding.ts'

export interface Result {
  check: string
  findings: readonly Finding[]
}

/** A check that throws is reported as not checked. */
export function runChecks<S>(checks: readonly Check<S>[], subject: S): Promise<Result[]> {
  return Promise.all(checks.map((check) => runCheck(check, subject)))
}

async function runCheck<S>({ name, run }: Check<S>, subject: S): Promise<Result> {
  try {
    return { check: name, findings: await run(subject) }
  } catch (error) {
    return { check: name, findings: [notChecked(describeFailure(error))] }
  }
}

export const notRun = (checks: readonly { name: string }[], why: string): Result[] =>
  checks.map(({ name }) => ({ check: name, findings: [notChecked(why)] }))

export const countWrong = (results: readonly Result[]): number =>
  results.flatMap(({ findings }) => findings).filter(({ kind }) => kind === 'wrong').length
