import { describe, expect, test } from '@jest/globals'
import type { Json, JsonObject } from '../json.ts'
import { type IdentityArtifactKind, PROVIDER_NAMES } from '../names.ts'
import type { Deployment, DeploymentContext } from '../read-deployment.ts'
import { SynthesizedApp } from '../synthesized-app.ts'
import { CONTEXTS } from './stages.ts'

/** Every set of providers, the empty one included. */
const PROVIDER_CHOICES = Array.from({ length: 2 ** PROVIDER_NAMES.length }, (_, bits) =>
  PROVIDER_NAMES.filter((_name, index) => bits & (1 << index)).join(','),
)
const ENTRANCES = ['sandbox', 'production'] as const
const TOPOLOGIES = ['single', 'cluster'] as const
const PROOFS: readonly IdentityArtifactKind[] = ['jwt', 'user-id']

type Entrance = (typeof ENTRANCES)[number]
type Topology = (typeof TOPOLOGIES)[number]

/** The sandbox, or what a fork's stage makes of it. */
function synthesized(entrance: Entrance, topology: Topology, proof: IdentityArtifactKind, providers: string) {
  const context: DeploymentContext = { ...CONTEXTS.production, ...CONTEXTS[entrance], stage: 'sandbox', providers }
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
  return new SynthesizedApp(context, change)
}

const outputsOf = (app: SynthesizedApp) =>
  Object.entries(app.templates).flatMap(([stack, { Outputs = {} }]) =>
    Object.entries(Outputs).map(([name, output]) => ({ stack, name, ...output })),
  )
/** What one stack hands to another, as against what is printed for people. */
const handedOver = (app: SynthesizedApp) =>
  outputsOf(app)
    .filter(({ name }) => name.startsWith('PublishOutput'))
    .map(({ stack, name }) => `${stack} ${name}`)
    .sort()

const SHAPES = ENTRANCES.flatMap((entrance) => TOPOLOGIES.map((topology) => ({ entrance, topology })))

describe.each(SHAPES)('with the entrance of the $entrance and the topology $topology', ({ entrance, topology }) => {
  test('no choice of providers and proof makes an export, or changes what a stack hands over', () => {
    const first = handedOver(synthesized(entrance, topology, 'jwt', 'profile'))
    expect(first.length).toBeGreaterThan(10)
    for (const proof of PROOFS)
      for (const providers of PROVIDER_CHOICES) {
        const app = synthesized(entrance, topology, proof, providers)
        expect(outputsOf(app).filter(({ Export }) => Export !== undefined)).toEqual([])
        expect(JSON.stringify(app.templates)).not.toContain('Fn::ImportValue')
        expect(handedOver(app)).toEqual(first)
        for (const read of outputsReadBy(app)) expect(first).toContain(read)
      }
  })
})

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

/**
 * A stack that reads an output is not told when its value changes, and the CDK skips a stack whose template is the same.
 * So whatever CloudFormation replaces, because an option changes, must be read under another name afterwards.
 */
test.each([
  {
    what: 'another entrance',
    type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
    before: synthesized('sandbox', 'single', 'jwt', ''),
    after: synthesized('production', 'single', 'jwt', ''),
  },
  {
    what: 'another entrance',
    type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
    before: synthesized('sandbox', 'single', 'jwt', ''),
    after: synthesized('production', 'single', 'jwt', ''),
  },
  {
    what: 'another topology',
    type: 'AWS::ElastiCache::ReplicationGroup',
    before: synthesized('sandbox', 'single', 'jwt', ''),
    after: synthesized('sandbox', 'cluster', 'jwt', ''),
  },
  {
    what: 'another topology',
    type: 'AWS::ElastiCache::ParameterGroup',
    before: synthesized('sandbox', 'single', 'jwt', ''),
    after: synthesized('sandbox', 'cluster', 'jwt', ''),
  },
])('$what makes a new $type, under a new name', ({ type, before, after }) => {
  const names = (app: SynthesizedApp) => app.resources(type).map(({ logicalId }) => logicalId)
  expect(names(before).length).toBeGreaterThan(0)
  expect(names(before).filter((name) => names(after).includes(name))).toEqual([])
  // Another services stack follows from it: it reads other outputs.
  expect(after.templates.services).not.toEqual(before.templates.services)
})

test('nothing that a stack hands over is a secret: CloudFormation shows outputs to whoever may describe the stack', () => {
  const app = synthesized('sandbox', 'single', 'jwt', PROVIDER_NAMES.join(','))
  expect(JSON.stringify(outputsOf(app))).not.toMatch(
    /attr?ClientSecret|"ClientSecret"|SecretString|resolve:secretsmanager/,
  )
})
