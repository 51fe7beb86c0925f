import { PROVIDERS } from '@agent-identity/providers'
import { describe, expect, test } from '@jest/globals'
import { SynthesizedApp } from '../synthesized-app.ts'
import { ENTRANCES, expectSameReferences, outputsOf, synthesized, TOPOLOGIES } from './references.ts'
import { CONTEXTS } from './stages.ts'
import { OPENID_PROVIDERS } from './what-you-have.ts'

const PROVIDER_IDS = [...PROVIDERS.keys()]
const ALL = PROVIDER_IDS.join(',')
/** With a client that the deployment creates, with an existing one, and with an API key. */
const REPRESENTATIVES = ['profile', 'github', 'warehouse']

describe.each(ENTRANCES)('with the entrance of the %s', (entrance) => {
  const first = () => synthesized(entrance, 'single', 'jwt', 'profile')

  test.each(['', ...REPRESENTATIVES, ALL])('the providers "%s" change no reference between stacks', (providers) => {
    expectSameReferences(synthesized(entrance, 'single', 'jwt', providers), first())
  })

  test('the other proof changes no reference between stacks', () => {
    expectSameReferences(synthesized(entrance, 'single', 'user-id', ALL), first())
  })
})

test('with the topology of a cluster, no provider and all of them result in the same references', () => {
  const [none, all] = ['', ALL].map((providers) => synthesized('sandbox', TOPOLOGIES[1], 'jwt', providers))
  expectSameReferences(none as SynthesizedApp, all as SynthesizedApp)
  expectSameReferences(all as SynthesizedApp, none as SynthesizedApp)
})

/**
 * A stack that reads an output does not notice a changed value, and the CDK skips a stack whose template is unchanged: what CloudFormation replaces
 * must be read under another name.
 */
test.each([
  {
    what: 'another entrance',
    type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
    before: () => synthesized('sandbox', 'single', 'jwt', ''),
    after: () => synthesized('production', 'single', 'jwt', ''),
  },
  {
    what: 'another entrance',
    type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
    before: () => synthesized('sandbox', 'single', 'jwt', ''),
    after: () => synthesized('production', 'single', 'jwt', ''),
  },
  {
    what: 'another topology',
    type: 'AWS::ElastiCache::ReplicationGroup',
    before: () => synthesized('sandbox', 'single', 'jwt', ''),
    after: () => synthesized('sandbox', 'cluster', 'jwt', ''),
  },
  {
    what: 'another topology',
    type: 'AWS::ElastiCache::ParameterGroup',
    before: () => synthesized('sandbox', 'single', 'jwt', ''),
    after: () => synthesized('sandbox', 'cluster', 'jwt', ''),
  },
])('$what creates a new $type, under a new name', ({ type, ...synthesize }) => {
  const [before, after] = [synthesize.before(), synthesize.after()]
  const names = (app: SynthesizedApp) => app.resources(type).map(({ logicalId }) => logicalId)
  expect(names(before).length).toBeGreaterThan(0)
  expect(names(before).filter((name) => names(after).includes(name))).toEqual([])
  expect(after.templates.services).not.toEqual(before.templates.services)
})

test('no output of a stack is a secret: CloudFormation shows outputs to everyone who may describe the stack', () => {
  const app = synthesized('sandbox', 'single', 'jwt', PROVIDER_IDS.join(','))
  expect(JSON.stringify(outputsOf(app))).not.toMatch(
    /attr?ClientSecret|"ClientSecret"|SecretString|resolve:secretsmanager/,
  )
})

test('the provider "profile" is refused where users do not sign in at Cognito', () => {
  expect(() => new SynthesizedApp(CONTEXTS.sandbox, { signIn: OPENID_PROVIDERS.Okta })).toThrow(
    'leave it out of the providers',
  )
})
