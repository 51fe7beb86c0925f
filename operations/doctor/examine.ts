import type { Target } from '../target/resolve-target.ts'
import { CHECKS_OF_DEMO, CHECKS_OF_STAGE, FIRST_OF_STAGE } from './checks/index.ts'
import { createDemo } from './demo.ts'
import { countWrong, notRun, type Result, runChecks } from './run-checks.ts'
import { createStage, type StageParts } from './stage.ts'

const NO_ANSWERS = 'AWS answers no call with these credentials: see the first check.'

/** @param parts replacements for tests */
export async function examine(target: Target, parts: StageParts = {}): Promise<Result[]> {
  if (target.kind === 'local') return runChecks(CHECKS_OF_DEMO, createDemo(target.demo))
  const stage = createStage(target, parts)
  const first = await runChecks([FIRST_OF_STAGE], stage)
  const others = countWrong(first) > 0 ? notRun(CHECKS_OF_STAGE, NO_ANSWERS) : await runChecks(CHECKS_OF_STAGE, stage)
  return [...first, ...others]
}
