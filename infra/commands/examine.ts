import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { DeploymentContext } from '../read-deployment.ts'

const DOCTOR = join(import.meta.dirname, '../../operations/doctor/main.ts')

/** Runs doctor. A doctor that fails itself counts as `findings`: nothing says that the deployment works. */
export function examine(context: DeploymentContext, program = DOCTOR): 'fine' | 'findings' {
  const said = Object.entries(context).flatMap(([name, value]) =>
    value === undefined ? [] : ['-c', `${name}=${value}`],
  )
  const { status } = spawnSync(process.execPath, [program, '--after-deployment', ...said], { stdio: 'inherit' })
  return status === 0 ? 'fine' : 'findings'
}
