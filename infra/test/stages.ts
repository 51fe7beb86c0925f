import type { DeploymentContext } from '../read-deployment.ts'
import { SynthesizedApp } from '../synthesized-app.ts'

/** Every stage with everything that its context can switch on, so that nothing stays untested for being optional. */
export const CONTEXTS = {
  sandbox: { stage: 'sandbox', region: 'us-east-1' },
  production: {
    stage: 'production',
    region: 'eu-west-1',
    domainName: 'agents.example.com',
    certificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555',
    providers: 'profile,github,google-calendar',
    githubSecret: 'agents/github',
    googleCalendarSecret: 'agents/google-calendar',
  },
} as const satisfies Record<string, DeploymentContext>

export type StageName = keyof typeof CONTEXTS
export const STAGE_NAMES = Object.keys(CONTEXTS) as StageName[]

const synthesized = new Map<StageName, SynthesizedApp>()

/** Synthesized once per test file. */
export function stage(name: StageName): SynthesizedApp {
  const app = synthesized.get(name) ?? new SynthesizedApp(CONTEXTS[name])
  synthesized.set(name, app)
  return app
}
