import { PROVIDERS } from '@agent-identity/providers'
import { expect } from '@jest/globals'
import type { Json, JsonObject } from '../json.ts'
import type { IdentityArtifactKind } from '../names.ts'
import type { Deployment, DeploymentContext } from '../read-deployment.ts'
import { SynthesizedApp } from '../synthesized-app.ts'
import { CONTEXTS } from './stages.ts'
import { EVERY_PROVIDER } from './variants.ts'

const PROVIDER_IDS = [...PROVIDERS.keys()]

export const PROVIDER_CHOICES = [
  ...new Set([
    '',
    ...PROVIDER_IDS,
    ...PROVIDER_IDS.map((left) => PROVIDER_IDS.filter((id) => id !== left).join(',')),
    PROVIDER_IDS.join(','),
  ]),
]

export const ENTRANCES = ['sandbox', 'production'] as const
export const TOPOLOGIES = ['single', 'cluster'] as const
export const PROOFS: readonly IdentityArtifactKind[] = ['jwt', 'user-id']

type Entrance = (typeof ENTRANCES)[number]
type Topology = (typeof TOPOLOGIES)[number]

const known = new Map<string, SynthesizedApp>()

/** Each is synthesized once per test file. */
export function synthesized(entrance: Entrance, topology: Topology, proof: IdentityArtifactKind, chosen: string) {
  // A user id is no token that could be exchanged.
  const providers = chosen
    .split(',')
    .filter((id) => proof === 'jwt' || PROVIDERS.get(id)?.credential !== 'on-behalf-of')
    .join(',')
  const name = [entrance, topology, proof, providers].join(' ')
  const app = known.get(name) ?? synthesize(entrance, topology, proof, providers)
  known.set(name, app)
  return app
}

function synthesize(entrance: Entrance, topology: Topology, proof: IdentityArtifactKind, providers: string) {
  const context: DeploymentContext = {
    ...EVERY_PROVIDER,
    ...CONTEXTS.production,
    ...CONTEXTS[entrance],
    stage: 'sandbox',
    providers,
  }
  const change: Partial<Deployment> = {
    identityArtifact: proof,
    sessionStore: { nodeType: 'cache.t4g.micro', topology, shards: 1, replicasPerShard: 1 },
    ...(entrance === 'production' && {
      entrance: {
        kind: 'own-domain' as const,
        domainName: CONTEXTS.production.domainName,
        certificateArn: CONTEXTS.production.certificateArn,
      },
    }),
  }
  // The CDK's built-in validation is slow.
  return new SynthesizedApp(context, change, { builtinCloudFormationValidation: false })
}

export const outputsOf = (app: SynthesizedApp) =>
  Object.entries(app.templates).flatMap(([stack, { Outputs = {} }]) =>
    Object.entries(Outputs).map(([name, output]) => ({ stack, name, ...output })),
  )
/** The outputs that another stack reads. */
const handedOver = (app: SynthesizedApp) =>
  outputsOf(app)
    .filter(({ name }) => name.startsWith('PublishOutput'))
    .map(({ stack, name }) => `${stack} ${name}`)
    .sort()

export function expectSameReferences(app: SynthesizedApp, as: SynthesizedApp): void {
  const first = handedOver(as)
  expect(first.length).toBeGreaterThan(10)
  expect(outputsOf(app).filter(({ Export }) => Export !== undefined)).toEqual([])
  expect(JSON.stringify(app.templates)).not.toContain('Fn::ImportValue')
  expect(handedOver(app)).toEqual(first)
  for (const read of outputsReadBy(app)) expect(first).toContain(read)
}

function outputsReadBy(app: SynthesizedApp): string[] {
  const read: string[] = []
  const look = (value: Json | undefined): void => {
    if (Array.isArray(value)) value.forEach(look)
    else if (value !== null && typeof value === 'object')
      for (const [key, item] of Object.entries(value)) {
        const { StackName, OutputName } = (key === 'Fn::GetStackOutput' ? item : {}) as JsonObject
        if (OutputName) read.push(`${String(StackName).replace('agent-identity-sandbox-', '')} ${OutputName}`)
        else look(item)
      }
  }
  look(app.templates as unknown as Json)
  expect(read.length).toBeGreaterThan(10)
  return read
}
