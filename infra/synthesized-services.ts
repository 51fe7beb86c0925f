import { readServices } from './read-services.ts'
import { SynthesizedApp } from './synthesized-app.ts'
import type { SynthesizeServices } from './synthesized-service.ts'

/** Leaves out the CDK's own validation of templates, which is slow. */
export const synthesizeServices: SynthesizeServices = (context, change) => {
  const app = new SynthesizedApp(context, change, { builtinCloudFormationValidation: false })
  return (deployed) => readServices(app, deployed)
}
