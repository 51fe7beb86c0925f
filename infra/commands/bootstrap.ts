import { readDeployment } from '../read-deployment.ts'
import { cdk } from './cdk.ts'
import { signedInAccount } from './check-account.ts'
import type { CommandLine } from './command-line.ts'
import { makeServiceLinkedRoles } from './service-linked-roles.ts'
import { synthesize } from './synthesize.ts'

/** Needed once per account and Region. */
export async function bootstrap(line: CommandLine): Promise<void> {
  const { region } = readDeployment(line.context)
  const accountId = await signedInAccount(region)
  const notice = await makeServiceLinkedRoles(await synthesize(line))
  if (notice) process.stderr.write(`${notice}\n`)
  cdk(line.outdir, ['bootstrap', `aws://${accountId}/${region}`])
}
