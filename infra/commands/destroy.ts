import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { bootstrapQualifier } from '../feature-flags.ts'
import { type Deployment, DeploymentError, readDeployment } from '../read-deployment.ts'
import { cdk } from './cdk.ts'
import { checkAccount } from './check-account.ts'
import type { CommandLine } from './command-line.ts'
import { describeStack, stackNames } from './deployed-stacks.ts'
import { synthesize } from './synthesize.ts'

export async function destroy(line: CommandLine): Promise<void> {
  const deployment = readDeployment(line.context)
  const { name, keepsData, region } = deployment
  if (keepsData)
    throw new DeploymentError(
      `Stage "${name}" keeps its data: set keepsData to false in infra/stages/${name}.ts and deploy that first, if you mean to lose it.`,
    )
  const accountId = await checkAccount(deployment)
  if (!(await isDeployed(deployment)))
    throw new DeploymentError(
      `Stage "${name}" has no stack in ${region} of account ${accountId}: nothing was deleted. Is it in another Region (-c region=…) or account (AWS_PROFILE)?`,
    )
  await synthesize(line)
  process.stdout.write(`Deleting ${name} from ${region} of account ${accountId}, data included.\n`)
  cdk(line.outdir, ['destroy', '--all', '--force'])
  const qualifier = bootstrapQualifier()
  process.stdout.write(
    `Deleted. What is left: images, templates and code of functions in the CDK’s own repository and bucket (cdk-${qualifier}-container-assets-…, cdk-${qualifier}-assets-…), which \`npx cdk gc --unstable=gc\` removes; keys that AWS deletes finally after seven days, free of charge; and what the whole account shares (service-linked roles, the firewall’s right to write logs).\n`,
  )
}

/** The CDK takes a stack that does not exist for a deleted one. */
async function isDeployed(deployment: Deployment): Promise<boolean> {
  const cloudFormation = new CloudFormationClient({ region: deployment.region })
  for (const name of stackNames(deployment)) if (await describeStack(cloudFormation, name)) return true
  return false
}
