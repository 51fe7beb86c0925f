import { spawnSync } from 'node:child_process'
import { containerEngine } from '../config.ts'
import { DeploymentError } from '../read-deployment.ts'

/** `info` also calls the engine: a client alone is not enough. */
export function checkContainerEngine(): void {
  const engine = containerEngine()
  if (spawnSync(engine, ['info'], { stdio: 'ignore' }).status === 0) return
  throw new DeploymentError(
    `No container engine answers to \`${engine} info\`: start Docker, or name another engine with CDK_DOCKER (finch, podman).`,
  )
}
