import type { StageFile } from '../stage-file.ts'
import { STAGES, stageNamed } from '../stages.ts'

/** A file that a fork adds to `stages/`, in this process only: production with these changes. */
export function addStage(name: string, change: Partial<StageFile>): void {
  ;(STAGES as Map<string, StageFile>).set(name, { ...stageNamed('production'), ...change })
}
