import { readDeployment } from '../read-deployment.ts'
import { cdk } from './cdk.ts'
import { signedInAccount } from './check-account.ts'
import type { CommandLine } from './command-line.ts'
import { synthesize } from './synthesize.ts'

/**
 * Once per account and Region: roles, a bucket and an image repository, which the CDK deploys through. By the CLI of this
 * repository: `npx cdk` would fetch another version, and run the app with whatever Node is there.
 */
export async function bootstrap(line: CommandLine): Promise<void> {
  const { region } = readDeployment(line.context)
  const accountId = await signedInAccount(region)
  // The CLI reads an app whatever it is told to do.
  await synthesize(line)
  cdk(line.outdir, ['bootstrap', `aws://${accountId}/${region}`])
}
