import type { StageTarget, Target } from '../target/resolve-target.ts'
import { CHECKS_OF_DEMO, CHECKS_OF_STAGE, FIRST_OF_STAGE } from './checks/index.ts'
import { createDemo } from './demo.ts'
import { type Finding, wrong } from './finding.ts'
import { countWrong, notRun, type Result, runChecks } from './run-checks.ts'
import { createStage, type StageParts } from './stage.ts'

const NO_ANSWERS = 'AWS answers no call with these credentials: see the first check.'

/** Waits until doctor may look again at these checks. */
export type Pause = (underWay: readonly string[]) => Promise<void>

const LOOKS_AGAIN = 20

/**
 * @param parts replacements for tests
 * @param pause given after a deployment: what AWS is still at work on then is looked at up to 20 times more
 */
export async function examine(target: Target, parts: StageParts = {}, pause?: Pause): Promise<Result[]> {
  if (target.kind === 'local') return runChecks(CHECKS_OF_DEMO, createDemo(target.demo))
  const stage = createStage(target, parts)
  const first = await runChecks([FIRST_OF_STAGE], stage)
  if (countWrong(first) > 0) return [...first, ...notRun(CHECKS_OF_STAGE, NO_ANSWERS)]
  const others = await runChecks(CHECKS_OF_STAGE, stage)
  return [...first, ...(pause ? await settle(target, parts, others, pause) : others)]
}

async function settle(target: StageTarget, parts: StageParts, first: Result[], pause: Pause): Promise<Result[]> {
  let results = first
  for (let looks = 0; looks < LOOKS_AGAIN && results.some(isUnderWay); looks++) {
    await pause(results.filter(isUnderWay).map(({ check }) => check))
    // What is wrong may be so because AWS is still at work.
    const open = new Set(results.filter((result) => isUnderWay(result) || countWrong([result]) > 0).map(nameOf))
    const again = await runChecks(
      CHECKS_OF_STAGE.filter(({ name }) => open.has(name)),
      createStage(target, parts),
    )
    results = results.map((result) => again.find(({ check }) => check === result.check) ?? result)
  }
  return results.map(({ check, findings }) => ({ check, findings: findings.map(overdue) }))
}

const nameOf = ({ check }: Result) => check
const isUnderWay = ({ findings }: Result) => findings.some(({ kind }) => kind === 'under way')

const overdue = (finding: Finding): Finding =>
  finding.kind === 'under way' ? wrong(`${finding.what} It has been so for minutes.`, finding.mend) : finding
