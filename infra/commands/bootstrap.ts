import { bootstrapQualifier } from '../feature-flags.ts'
import { readDeployment } from '../read-deployment.ts'
import { cdk } from './cdk.ts'
import { signedInAccount } from './check-account.ts'
import type { CommandLine } from './command-line.ts'
import { makeServiceLinkedRoles } from './service-linked-roles.ts'
import { synthesize } from './synthesize.ts'

/** Needed once per account and Region. */
export async function bootstrap(line: CommandLine): Promise<void> {
  const deployment = readDeployment(line.context)
  const accountId = await signedInAccount(deployment)
  const notice = await makeServiceLinkedRoles(await synthesize(line))
  if (notice) process.stderr.write(`${notice}\n`)
  const { qualifier = bootstrapQualifier(), ...options } = line.bootstrap
  const said = Object.entries({ qualifier, ...options }).flatMap(([name, value]) => [`--${name}`, value])
  cdk(line.outdir, ['bootstrap', `aws://${accountId}/${deployment.region}`, ...said])
  if (qualifier !== bootstrapQualifier())
    process.stdout.write(
      `Deployments use the qualifier ${bootstrapQualifier()}: set "@aws-cdk/core:bootstrapQualifier": "${qualifier}" in the context of cdk.json.\n`,
    )
}
