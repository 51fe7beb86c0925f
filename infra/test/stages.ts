import { readFileSync } from 'node:fs'
import { SynthesizedTemplates } from '../synthesized-templates.ts'
import { stagesDirectory } from './config.ts'
import { type CONTEXTS, VARIANTS, type VariantName } from './variants.ts'

export { CONTEXTS } from './variants.ts'

export type StageName = keyof typeof CONTEXTS
export const STAGE_NAMES = ['sandbox', 'production'] as const satisfies StageName[]

export const fileOf = (name: VariantName) => `${Object.keys(VARIANTS).indexOf(name)}.json`

const known = new Map<VariantName, SynthesizedTemplates>()

/** Does not load the CDK, which is slow. */
export function stage(name: VariantName): SynthesizedTemplates {
  const app = known.get(name) ?? new SynthesizedTemplates(read(name))
  known.set(name, app)
  return app
}

const read = (name: VariantName) =>
  JSON.parse(readFileSync(`${stagesDirectory()}/${fileOf(name)}`, 'utf8')) as SynthesizedTemplates
