import { App } from 'aws-cdk-lib'
import { defineStacks } from './define-stacks.ts'
import { CONTEXT_NAMES, DeploymentError, readDeployment, withEnvironmentRegion } from './read-deployment.ts'

// Automatic synthesis, at the exit of the process, would write an incomplete app after an error.
const app = new App({ autoSynth: false })
try {
  const said = Object.fromEntries(
    CONTEXT_NAMES.map((name) => [name, app.node.tryGetContext(name) as string | undefined]),
  )
  defineStacks(app, readDeployment(withEnvironmentRegion(said)))
  app.synth()
} catch (error) {
  if (!(error instanceof DeploymentError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
