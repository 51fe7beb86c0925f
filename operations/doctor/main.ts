import { setTimeout } from 'node:timers/promises'
import { DeploymentError } from '@agent-identity/infra/read-deployment'
import { parseCommandLine } from '../command-line.ts'
import { OperationError } from '../operation-error.ts'
import { resolveTarget } from '../target/resolve-target.ts'
import { examine, type Pause } from './examine.ts'
import { jsonReport, textReport } from './report.ts'
import { countWrong } from './run-checks.ts'

async function main(): Promise<void> {
  const commandLine = parseCommandLine('doctor', process.argv.slice(2))
  if ('help' in commandLine) return void process.stdout.write(commandLine.help)
  const target = await resolveTarget(commandLine.asked)
  const results = await examine(target, {}, commandLine.afterDeployment ? pause : undefined)
  process.stdout.write(commandLine.json ? jsonReport(target, results) : textReport(target, results))
  if (countWrong(results) > 0) process.exitCode = 1
}

const PAUSE_MS = 15_000

const pause: Pause = async (underWay) => {
  process.stderr.write(`AWS is still at work (${underWay.join(', ')}): doctor looks again.\n`)
  await setTimeout(PAUSE_MS)
}

main().catch((error: Error) => {
  if (!(error instanceof DeploymentError || error instanceof OperationError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
