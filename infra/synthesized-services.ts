import { readServices } from './read-services.ts'
import { SynthesizedApp } from './synthesized-app.ts'
import type { SynthesizeServices } from './synthesized-service.ts'

export const synthesizeServices: SynthesizeServices = (context, change) => {
  const app = new SynthesizedApp(context, change)
  return (deployed) => readServices(app, deployed)
}
