import { type ProviderDefinition, revokeByRfc7009 } from '@agent-identity/provider-kit'
import { expect, jest, test } from '@jest/globals'
import { App, Lazy, Stack } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import type { ProviderClient } from '../constructs/options.ts'
import { featureFlags } from '../feature-flags.ts'
import { OPENID_PROVIDERS, OWN_REDIS } from './what-you-have.ts'

const definition = (id: string, by: 'token' | 'client', url: string): ProviderDefinition => ({
  id,
  displayName: id,
  credential: 'user',
  authorizationServer: { vendor: 'GithubOauth2', registerAt: 'your app' },
  baseScopes: ['read'],
  scopeDescriptions: { read: 'Read' },
  customParameters: {},
  apiUrl: 'https://api.example',
  revocation: { by, url, revoke: revokeByRfc7009 },
  atWork: async () => ({ account: async () => ({}), tools: [] }),
})
const PROVIDERS = new Map(
  [
    definition('notes', 'token', 'https://{domain}/oauth2/v1/revoke'),
    definition('tickets', 'client', 'https://{domain}/{tenant}/{client_id}/revoke'),
  ].map((provider) => [provider.id, provider]),
)
jest.unstable_mockModule('@agent-identity/providers', () => ({ PROVIDERS }))
const infra = await import('../index.ts')
const { readProviders } = await import('../provider-context.ts')

const GIVEN = {
  notesSecret: 's',
  notesDomain: 'notes.example',
  ticketsSecret: 's',
  ticketsDomain: 'tickets.example',
  ticketsTenant: 'ours',
}

test.each(['notesDomain', 'ticketsDomain', 'ticketsTenant'] as const)(
  'a deployment without %s, a parameter of a revocation address only, is refused',
  (name) => {
    const { [name]: _left, ...others } = GIVEN
    expect(() => readProviders([...PROVIDERS.keys()], others)).toThrow(`give -c ${name}=…`)
  },
)

test('the parameters of a revocation address are filled in: for the services, and for the function of the OAuth client', () => {
  const template = servicesWith(readProviders([...PROVIDERS.keys()], GIVEN))
  const revocationUrl = {
    notes: 'https://notes.example/oauth2/v1/revoke',
    tickets: 'https://tickets.example/ours/{client_id}/revoke',
  }
  template.hasResourceProperties('AWS::ECS::TaskDefinition', {
    ContainerDefinitions: [
      Match.objectLike({
        Environment: Match.arrayWith([
          {
            Name: 'PROVIDERS',
            Value: JSON.stringify({
              notes: { credentialProvider: 'agent-identity-mine-notes', revocationUrl: revocationUrl.notes },
              tickets: { credentialProvider: 'agent-identity-mine-tickets', revocationUrl: revocationUrl.tickets },
            }),
          },
        ]),
      }),
    ],
  })
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ PROVIDER: 'tickets', REVOCATION_URL: revocationUrl.tickets }) },
  })
})

test('a function is not made for an address whose parameters are not given', () => {
  const [, tickets] = readProviders([...PROVIDERS.keys()], GIVEN)
  if (!tickets) throw new Error('There is no tickets')
  const { parameters: _left, ...client } = tickets
  expect(() => servicesWith([client], [])).toThrow('The parameter domain is not given')
})

test.each<[string, { apiUrl?: string; revocationUrl?: string }, string | undefined]>([
  ['the vendor’s server', {}, 'https://accounts.example/end'],
  ['another path of the vendor’s server', { apiUrl: 'https://api.example/v2' }, 'https://accounts.example/end'],
  ['another server', { apiUrl: 'https://our.example' }, undefined],
  [
    'an address that is known at the deployment only',
    { apiUrl: Lazy.string({ produce: () => 'https://our.example' }) },
    undefined,
  ],
  [
    'another server, and it is given where that one ends tokens',
    { apiUrl: 'https://our.example', revocationUrl: 'https://our.example/end' },
    'https://our.example/end',
  ],
])('the OAuth client’s secret and the tokens of an API at %s go to the server that issued them', (_at, at, url) => {
  const mail = { provider: definition('mail', 'client', 'https://accounts.example/end'), secret: 's' }
  const functions = servicesWith([mail], [mail], at).findResources('AWS::Lambda::Function', {
    Properties: { Environment: { Variables: { PROVIDER: 'mail' } } },
  })
  const addresses = Object.values(functions).map((one) => one.Properties.Environment.Variables.REVOCATION_URL)
  expect(addresses).toEqual(url === undefined ? [] : [url])
})

function servicesWith(clients: readonly ProviderClient[], atAgentCore = clients, at = {}): Template {
  const stack = new Stack(new App({ context: featureFlags() }), 'Mine', { env: { region: 'eu-west-1' } })
  const deployment = { name: 'mine', keepsData: false, logRetentionDays: 14, clientSecretsOnlyViaAgentCore: false }
  const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 })
  const services = vpc.selectSubnets({ subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS })
  const securityGroup = new ec2.SecurityGroup(stack, 'Group', { vpc, allowAllOutbound: false })
  const listener = 'listener/app/mine/0123456789abcdef/fedcba9876543210'
  const listenerArn = `arn:aws:elasticloadbalancing:eu-west-1:123456789012:${listener}`
  const entrance = new infra.ListenerEntrance(stack, 'Entrance', { host: 'a.example', listenerArn, securityGroup })
  const signIn = new infra.OpenIdSignIn(stack, 'SignIn', {
    provider: OPENID_PROVIDERS.Okta,
    publicUrl: 'https://a.example',
  })
  const { issuer, tokenClaim } = signIn
  const of = { deployment, cognito: undefined, customResources: undefined as never }
  new infra.AgentServices(stack, 'Agents', {
    deployment,
    network: { vpc, subnets: { public: {}, services, sessionBinding: services, store: {} } },
    entrance,
    signIn,
    traffic: new infra.Traffic(stack, 'Traffic', {
      vpc,
      from: { loadBalancer: securityGroup },
      store: { at: securityGroup, port: 6379 },
    }),
    alarms: new infra.Alarms(stack, 'Alarms', { deployment }),
    logsKey: new infra.LogsKey(stack, 'LogsKey', { deployment }),
    workloadIdentity: new infra.WorkloadIdentity(stack, 'WorkloadIdentity', {
      name: 'mine',
      returnUrl: 'https://a.example/oauth2/session-binding',
      proof: { kind: 'jwt', issuer, tokenClaim },
    }),
    providers: new Map(
      atAgentCore.map((client) => [
        client.provider.id,
        Object.assign(infra.createCredentialProvider(stack, { ...of, client }), at),
      ]),
    ),
    clients,
    sessionStore: infra.existingSessionStore(stack, OWN_REDIS),
    keyRings: infra.createKeyRings(stack, new infra.SecretsKey(stack, 'SecretsKey', { deployment })),
    sizes: {
      'agent-workload': { cpu: 512, memoryMiB: 1024, minTasks: 1, maxTasks: 2 },
      'session-binding': { cpu: 256, memoryMiB: 512, minTasks: 1, maxTasks: 2 },
    },
    containerInsights: false,
    region: 'eu-west-1',
    modelId: 'eu.amazon.nova-2-lite-v1:0',
    identityArtifact: 'jwt',
    consentsAtOnce: 'one',
    changes: { perTurn: 5, askFirst: [] },
  })
  return Template.fromStack(stack)
}
