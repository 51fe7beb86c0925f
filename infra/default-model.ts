import { DeploymentError } from './deployment-error.ts'

const MODEL = 'amazon.nova-2-lite-v1:0'

/**
 * The inference profiles of Amazon Nova 2 Lite, and the Regions that call them; `global` is for Regions without a geography's profile (Bedrock user
 * guide, inference-profiles-support and models-region-compatibility, copies of 2026).
 */
const PROFILES: Readonly<Record<string, readonly string[]>> = {
  us: ['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1'],
  eu: ['eu-central-1', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'eu-west-1', 'eu-west-3'],
  jp: ['ap-northeast-1'],
  global: [
    'eu-west-2',
    'ap-northeast-2',
    'ap-south-1',
    'ap-southeast-1',
    'ap-southeast-2',
    'ap-southeast-5',
    'ap-southeast-7',
  ],
}

/** Amazon's own model needs no subscription and no form. @throws DeploymentError in a Region without it */
export function defaultModelIn(region: string): string {
  const profile = Object.keys(PROFILES).find((name) => PROFILES[name]?.includes(region))
  if (profile) return `${profile}.${MODEL}`
  throw new DeploymentError(
    `The default model, Amazon Nova 2 Lite, cannot be called in "${region}": give -c modelId=… with a model or an inference profile of that Region.`,
  )
}
