import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type DeploymentContext, DeploymentError } from '../read-deployment.ts'

const DOCTOR = join(import.meta.dirname, '../../operations/doctor/main.ts')

/** @throws DeploymentError when doctor finds something wrong, or fails itself */
export function examine(context: DeploymentContext, program = DOCTOR): void {
  const said = Object.entries(context).flatMap(([name, value]) =>
    value === undefined ? [] : ['-c', `${name}=${value}`],
  )
  const { status } = spawnSync(process.execPath, [program, ...said], { stdio: 'inherit' })
  if (status !== 0)
    throw new DeploymentError('It is deployed, and something is wrong with it: see above. npm run doctor looks again.')
}
