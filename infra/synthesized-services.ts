import { readServices } from './read-services.ts'
import { SynthesizedApp } from './synthesized-app.ts'
import type { SynthesizeServices } from './synthesized-service.ts'

/** Without the CDK's own validation of CloudFormation templates, which takes most of the time. */
export const synthesizeServices: SynthesizeServices = (context, change) => {
  const app = new SynthesizedApp(context, change, { builtinCloudFormationValidation: false })
  return (deployed) => readServices(app, deployed)
}
