import type { Target } from '../../target/resolve-target.ts'
import { localPlace } from './local-place.ts'
import type { Place } from './place.ts'
import { type StageOptions, stagePlace } from './stage-place.ts'

export function openPlace(target: Target, options: StageOptions): Promise<Place> {
  return target.kind === 'local' ? localPlace(target.demo) : stagePlace(target, options)
}
