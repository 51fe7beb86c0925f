import { printable } from '../printable.ts'
import type { Target } from '../target/resolve-target.ts'
import type { Finding } from './finding.ts'
import { countWrong, type Result } from './run-checks.ts'

export function textReport(target: Target, results: readonly Result[]): string {
  const lines = results.flatMap(({ check, findings }) => [
    `${outcomeOf(findings).padEnd(12)}${check}`,
    ...findings.flatMap(describe),
  ])
  return `${[subjectOf(target), '', ...lines, '', sum(results)].map(printable).join('\n')}\n`
}

export function jsonReport(target: Target, results: readonly Result[]): string {
  const checks = results.map(({ check, findings }) => ({ check, outcome: outcomeOf(findings), findings }))
  return `${printable(JSON.stringify({ of: subjectOf(target), wrong: countWrong(results), checks }))}\n`
}

function outcomeOf(findings: readonly Finding[]): 'ok' | Finding['kind'] {
  const kinds: readonly Finding['kind'][] = ['wrong', 'not checked', 'under way', 'by hand']
  return kinds.find((kind) => findings.some((finding) => finding.kind === kind)) ?? 'ok'
}

const INDENT = ' '.repeat(12)

function describe(finding: Finding): string[] {
  const what = `${INDENT}${finding.what}`
  if (finding.kind === 'wrong') return [what, `${INDENT}→ ${finding.mend}`]
  if (finding.kind === 'under way')
    return [what, `${INDENT}→ Run doctor again in some minutes. If it stays so: ${finding.mend}`]
  return [what]
}

const subjectOf = (target: Target) =>
  target.kind === 'local' ? `The demo at ${target.demo.app}` : `${target.prefix} in ${target.deployment.region}`

function sum(results: readonly Result[]): string {
  const wrong = countWrong(results)
  const unseen = results.filter(({ findings }) => findings.some(({ kind }) => kind === 'not checked')).length
  const first = wrong === 0 ? 'Nothing wrong was found' : `Wrong: ${wrong}`
  return unseen === 0 ? `${first}.` : `${first}; ${unseen} of ${results.length} checks could not run completely.`
}
