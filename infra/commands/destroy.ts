import { DeploymentError, readDeployment } from '../read-deployment.ts'
import { cdk } from './cdk.ts'
import { checkAccount } from './check-account.ts'
import type { CommandLine } from './command-line.ts'
import { synthesize } from './synthesize.ts'

export async function destroy(line: CommandLine): Promise<void> {
  const { name, keepsData, region } = readDeployment(line.context)
  if (keepsData)
    throw new DeploymentError(
      `Stage "${name}" keeps its data: set keepsData to false in infra/stages.ts and deploy that first, if you mean to lose it.`,
    )
  const accountId = await checkAccount(region)
  await synthesize(line)
  process.stdout.write(`Deleting ${name} from ${region} of account ${accountId}, data included.\n`)
  cdk(line.outdir, ['destroy', '--all', '--force'])
  process.stdout.write(
    'Deleted. What is left: images, templates and code of functions in the CDK’s own repository and bucket (cdk-hnb659fds-container-assets-…, cdk-hnb659fds-assets-…), which `npx cdk gc --unstable=gc` removes; keys that AWS deletes finally after seven days, free of charge; and what the whole account shares (service-linked roles, the firewall’s right to write logs).\n',
  )
}
