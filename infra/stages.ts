import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { DeploymentError } from './deployment-error.ts'
import type { StageFile } from './stage-file.ts'

type Stages = ReadonlyMap<string, StageFile>

/** `team-a.ts` is the stage `team-a`. */
export const readStages = (directory: string): Stages =>
  new Map(
    readdirSync(directory)
      .filter((file) => /^[^.]+\.ts$/.test(file))
      .sort()
      .map((file) => [file.slice(0, -'.ts'.length), load(join(directory, file))]),
  )

function load(file: string): StageFile {
  // Not `import()`: then everything that reads a stage would have to await it.
  const { default: stage } = createRequire(import.meta.url)(file) as { default?: StageFile }
  if (!stage) throw new Error(`${file} has no default export: it must export the stage.`)
  return stage
}

export const STAGES = readStages(join(import.meta.dirname, 'stages'))

/** @throws DeploymentError */
export function stageNamed(name: string): StageFile {
  const stage = STAGES.get(name)
  if (stage) return stage
  throw new DeploymentError(
    `There is no stage "${name}": use one of ${[...STAGES.keys()].join(', ')}, or add infra/stages/${name}.ts.`,
  )
}
