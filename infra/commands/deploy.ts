import { join } from 'node:path'
import { readDeployment } from '../read-deployment.ts'
import { approval } from './approval.ts'
import { cdk } from './cdk.ts'
import { checkAccount } from './check-account.ts'
import { checkContainerEngine } from './check-container-engine.ts'
import { checkRemovals } from './check-removals.ts'
import type { CommandLine } from './command-line.ts'
import { examine } from './examine.ts'
import { preflight } from './preflight/preflight.ts'
import { makeServiceLinkedRoles } from './service-linked-roles.ts'
import { synthesize } from './synthesize.ts'
import { tellOutputs } from './tell-outputs.ts'
import { unlockFailedStacks } from './unlock-failed-stacks.ts'

const DEPLOYED = 0
const DEPLOYED_WITH_FINDINGS = 3

/**
 * @returns the exit code of a finished deployment
 * @throws DeploymentError when it is not deployed, or not completely
 */
export async function deploy(line: CommandLine): Promise<number> {
  const stage = readDeployment(line.context)
  const requireApproval = approval(stage, line)
  const accountId = await checkAccount(stage)
  await checkRemovals(stage, line.remove)
  checkContainerEngine()
  await preflight(stage, accountId)
  const deployment = await synthesize(line)
  // Bootstrapping may have been for another entrance.
  const notice = await makeServiceLinkedRoles(deployment)
  if (notice) process.stderr.write(`${notice}\n`)
  for (const stack of await unlockFailedStacks(deployment))
    process.stdout.write(
      `${stack} was never created: its protection is lifted, so that the CDK can delete it and start again.\n`,
    )
  process.stdout.write(
    `Deploying ${deployment.name} to ${deployment.region} of account ${accountId}: about 20 minutes.\n`,
  )
  const outputs = join(line.outdir, 'outputs.json')
  cdk(line.outdir, [
    'deploy',
    '--all',
    '--progress',
    'events',
    '--outputs-file',
    outputs,
    '--require-approval',
    requireApproval,
    // Otherwise a stack whose template has not changed is left as it is.
    ...(line.revertDrift ? ['--revert-drift'] : []),
  ])
  process.stdout.write(tellOutputs(line.outdir, outputs, deployment))
  if (examine(line.context) === 'fine') return DEPLOYED
  process.stdout.write('It is deployed, and doctor has findings: see above. npm run doctor looks again.\n')
  return DEPLOYED_WITH_FINDINGS
}
