import { readServices } from './read-services.ts'
import { SynthesizedApp } from './synthesized-app.ts'
import type { SynthesizeServices } from './synthesized-service.ts'

/** Without CloudFormation's rules, which take most of the time: infra/test applies them to the templates. */
export const synthesizeServices: SynthesizeServices = (context, change) => {
  const app = new SynthesizedApp(context, change, { builtinCloudFormationValidation: false })
  return (deployed) => readServices(app, deployed)
}
