import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { appEnvironment } from '../config.ts'
import { featureFlags } from '../feature-flags.ts'
import { prefixOf, REVERT_DRIFT } from '../names.ts'
import { type Deployment, DeploymentError, readDeployment } from '../read-deployment.ts'
import type { CommandLine } from './command-line.ts'

/** In the order of deployment. */
export const STACKS = ['network', 'edge', 'identity', 'session-store', 'services'] as const

/** Works offline, without credentials, and without Docker. */
export async function synthesize({
  context,
  outdir,
  revertDrift,
}: Pick<CommandLine, 'context' | 'outdir' | 'revertDrift'>): Promise<Deployment> {
  const deployment = readDeployment(context)
  requireOwnOutput(outdir)
  // The CDK would leave another stage's templates there.
  rmSync(outdir, { recursive: true, force: true })
  const app = join(import.meta.dirname, '../app.ts')
  const revert = revertDrift ? { [REVERT_DRIFT]: randomUUID() } : {}
  const { status } = spawnSync(process.execPath, [app], {
    env: appEnvironment({ ...featureFlags(), ...context, ...revert }, resolve(outdir)),
    stdio: 'inherit',
  })
  if (status !== 0) throw new DeploymentError('The templates were not written; what stands above says why.')
  const counts = STACKS.map((stack) => `${stack} ${resourceCount(outdir, deployment, stack)}`)
  process.stdout.write(`${outdir}: ${deployment.name} in ${deployment.region}, resources: ${counts.join(', ')}\n`)
  return deployment
}

/** Synthesis deletes the directory: with `--output .` that would be the checkout. A finished synthesis leaves a file `cdk.out`. */
function requireOwnOutput(outdir: string): void {
  const found = existsSync(outdir) ? readdirSync(outdir) : []
  // A checkout may have a directory of that name.
  const isSynthesis = statSync(join(outdir, 'cdk.out'), { throwIfNoEntry: false })?.isFile() === true
  if (isSynthesis || found.every((name) => /^asset\.|\.(assets|metadata|template)\.json$/.test(name))) return
  throw new DeploymentError(
    `${outdir} has files that synth did not write and would delete: name another directory with --output.`,
  )
}

export const templateOf = (outdir: string, deployment: Deployment, stack: string) =>
  JSON.parse(readFileSync(join(outdir, `${prefixOf(deployment)}-${stack}.template.json`), 'utf8'))

const resourceCount = (outdir: string, deployment: Deployment, stack: string): number =>
  Object.keys(templateOf(outdir, deployment, stack).Resources).length
