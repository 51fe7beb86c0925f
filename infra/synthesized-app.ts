import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, type AppProps } from 'aws-cdk-lib'
import { defineStacks } from './define-stacks.ts'
import { featureFlags } from './feature-flags.ts'
import { prefixOf } from './names.ts'
import { type Deployment, type DeploymentContext, readDeployment } from './read-deployment.ts'
import { SynthesizedTemplates, type Template } from './synthesized-templates.ts'

export class SynthesizedApp extends SynthesizedTemplates {
  constructor(context: DeploymentContext, change: Partial<Deployment> = {}, checks: Checks = {}) {
    super(synthesize({ ...readDeployment(context), ...change }, checks))
  }
}

type Checks = Pick<AppProps, 'builtinCloudFormationValidation'>

function synthesize(deployment: Deployment, checks: Checks) {
  const outdir = mkdtempSync(join(tmpdir(), 'agent-identity-synth-'))
  try {
    const app = new App({ context: featureFlags(), outdir, ...checks })
    defineStacks(app, deployment)
    const prefix = `${prefixOf(deployment)}-`
    const stacks = app.synth().stacks.map((stack) => [stack.id.slice(prefix.length), stack.template as Template])
    return { prefix, templates: Object.fromEntries(stacks) as Record<string, Template> }
  } finally {
    rmSync(outdir, { recursive: true })
  }
}
