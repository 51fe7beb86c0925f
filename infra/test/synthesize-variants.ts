import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Deployment, DeploymentContext } from '../read-deployment.ts'
import { SynthesizedApp } from '../synthesized-app.ts'
import { fileOf } from './stages.ts'
import { VARIANTS, type VariantName } from './variants.ts'

/** `node synthesize-variants.ts <directory> <n> <of>`: every `of`-th variant, from the n-th. */
const [directory = '', n, of] = process.argv.slice(2)

const variants = Object.entries(VARIANTS) as [
  VariantName,
  { context: DeploymentContext; change?: Partial<Deployment> },
][]
for (const [index, [name, { context, change }]] of variants.entries())
  if (index % Number(of) === Number(n))
    writeFileSync(join(directory, fileOf(name)), JSON.stringify(new SynthesizedApp(context, change)))
