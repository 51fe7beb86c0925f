import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { DeploymentError } from '../read-deployment.ts'

/** Runs the CDK CLI on templates that are already written: those that were validated are deployed. */
export function cdk(outdir: string, args: readonly string[]): void {
  const cli = fileURLToPath(import.meta.resolve('aws-cdk/bin/cdk'))
  const { status } = spawnSync(process.execPath, [cli, ...args, '--app', outdir, '--no-notices'], { stdio: 'inherit' })
  if (status !== 0)
    throw new DeploymentError(
      `cdk ${args[0]} did not finish; what stands above says why (docs/deploy.md, "When it does not work"). Running it again goes on from there.`,
    )
}
