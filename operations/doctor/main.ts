import { DeploymentError } from '@agent-identity/infra/read-deployment'
import { parseCommandLine } from '../command-line.ts'
import { OperationError } from '../operation-error.ts'
import { idsOf, outputOf, readDeployedStacks } from '../target/deployed-stacks.ts'
import { resolveTarget } from '../target/resolve-target.ts'

async function main(): Promise<void> {
  const commandLine = parseCommandLine('doctor', process.argv.slice(2))
  if ('help' in commandLine) return void process.stdout.write(commandLine.help)
  const target = resolveTarget(commandLine.asked)
  if (target.kind === 'local') return void process.stdout.write(`${target.demo.app}\n`)
  const stacks = await readDeployedStacks(target.aws.cloudFormation, target.deployment)
  process.stdout.write(`${outputOf(stacks.get('edge'), 'Address')} ${idsOf(stacks.get('services'), 'x')}\n`)
}

main().catch((error: Error) => {
  if (!(error instanceof DeploymentError || error instanceof OperationError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
