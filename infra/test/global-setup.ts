import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Deployment, DeploymentContext } from '../read-deployment.ts'
import { SynthesizedApp } from '../synthesized-app.ts'
import { handOverStages } from './config.ts'
import { fileOf } from './stages.ts'
import { VARIANTS, type VariantName } from './variants.ts'

/** One process for all variants: its first synthesis takes far longer than later ones. */
export default function globalSetup(): void {
  const directory = mkdtempSync(join(tmpdir(), 'agent-identity-stages-'))
  const variants = Object.entries(VARIANTS) as [
    VariantName,
    { context: DeploymentContext; change?: Partial<Deployment> },
  ][]
  for (const [name, { context, change }] of variants)
    writeFileSync(join(directory, fileOf(name)), JSON.stringify(new SynthesizedApp(context, change)))
  handOverStages(directory)
}
