import { readDeployment } from '../read-deployment.ts'
import { cdk } from './cdk.ts'
import { signedInAccount } from './check-account.ts'
import type { CommandLine } from './command-line.ts'
import { makeServiceLinkedRoles } from './service-linked-roles.ts'
import { synthesize } from './synthesize.ts'

/**
 * Once per account and Region: the roles of AWS's own services, and what the CDK deploys through (roles, a bucket, an image
 * repository). By the CLI of this
 * repository: `npx cdk` would fetch another version, and run the app with whatever Node is there.
 */
export async function bootstrap(line: CommandLine): Promise<void> {
  const { region } = readDeployment(line.context)
  const accountId = await signedInAccount(region)
  // The CLI reads an app whatever it is told to do.
  const notice = await makeServiceLinkedRoles(await synthesize(line))
  if (notice) process.stderr.write(`${notice}\n`)
  cdk(line.outdir, ['bootstrap', `aws://${accountId}/${region}`])
}
