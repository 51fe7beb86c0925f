import { expect, test } from '@jest/globals'
import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import * as logs from 'aws-cdk-lib/aws-logs'
import {
  AgentServices,
  Alarms,
  CustomResources,
  createKeyRings,
  type DeploymentOptions,
  existingSessionStore,
  ListenerEntrance,
  LogsKey,
  OpenIdSignIn,
  REDIS_ACCESS,
  SecretsKey,
  SessionStore,
  SessionStoreUser,
  Traffic,
  WorkloadIdentity,
} from '../index.ts'
import { OPENID_PROVIDERS, OWN_REDIS } from './what-you-have.ts'

test('an app of one stack uses the constructs with a VPC of its own and an existing listener', () => {
  const stack = new Stack(new App(), 'Mine', { env: { region: 'eu-west-1' } })
  const deployment: DeploymentOptions = { name: 'mine', keepsData: false, logRetentionDays: 14 }
  const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 })
  const services = vpc.selectSubnets({ subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS })
  const loadBalancerGroup = new ec2.SecurityGroup(stack, 'LoadBalancerGroup', { vpc, allowAllOutbound: false })
  const storeGroup = new ec2.SecurityGroup(stack, 'StoreGroup', { vpc, allowAllOutbound: false })
  const listenerArn =
    'arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/mine/0123456789abcdef/fedcba9876543210'

  const network = { vpc, subnets: { public: {}, services, sessionBinding: services, store: {} } }
  const entrance = new ListenerEntrance(stack, 'Entrance', {
    host: 'agents.example.com',
    listenerArn,
    securityGroup: loadBalancerGroup,
  })
  const signIn = new OpenIdSignIn(stack, 'SignIn', {
    provider: OPENID_PROVIDERS.Okta,
    publicUrl: 'https://agents.example.com',
  })
  const { issuer, tokenClaim } = signIn
  new AgentServices(stack, 'Agents', {
    deployment,
    network,
    entrance,
    signIn,
    traffic: new Traffic(stack, 'Traffic', {
      vpc,
      from: { loadBalancer: loadBalancerGroup },
      store: { at: storeGroup, port: 6379 },
    }),
    alarms: new Alarms(stack, 'Alarms', { deployment }),
    logsKey: new LogsKey(stack, 'LogsKey', { deployment }),
    workloadIdentity: new WorkloadIdentity(stack, 'WorkloadIdentity', {
      name: 'mine',
      returnUrl: 'https://agents.example.com/oauth2/session-binding',
      proof: { kind: 'jwt', issuer, tokenClaim },
    }),
    providers: new Map(),
    sessionStore: existingSessionStore(stack, OWN_REDIS),
    keyRings: createKeyRings(stack, new SecretsKey(stack, 'SecretsKey', { deployment })),
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

  const template = Template.fromStack(stack)
  template.resourceCountIs('AWS::ECS::Service', 2)
  template.resourceCountIs('AWS::Cognito::UserPool', 0)
  template.resourcePropertiesCountIs('AWS::ElasticLoadBalancingV2::ListenerRule', { ListenerArn: listenerArn }, 3)
  template.resourceCountIs('AWS::BedrockAgentCore::WorkloadIdentity', 1)
})

test('a session store is not made with nodes that ElastiCache does not create', () => {
  const stack = new Stack(new App(), 'Mine')
  const deployment: DeploymentOptions = { name: 'mine', keepsData: false, logRetentionDays: 14 }
  const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 })
  const services = vpc.selectSubnets({ subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS })
  const secretsKey = new SecretsKey(stack, 'SecretsKey', { deployment })
  const userOf = (service: 'agent-workload' | 'session-binding') =>
    new SessionStoreUser(stack, service, { deployment, secretsKey, service, access: REDIS_ACCESS[service] })
  const props = {
    deployment,
    network: { vpc, subnets: { public: {}, services, sessionBinding: services, store: {} } },
    securityGroup: new ec2.SecurityGroup(stack, 'StoreGroup', { vpc }),
    alarms: new Alarms(stack, 'Alarms', { deployment }),
    users: { 'agent-workload': userOf('agent-workload'), 'session-binding': userOf('session-binding') },
  }
  const withReplicas = (replicasPerShard: number) => () =>
    new SessionStore(stack, `With${replicasPerShard}`, {
      ...props,
      nodes: { nodeType: 'cache.t4g.micro', topology: 'cluster', shards: 1, replicasPerShard },
    })
  expect(withReplicas(0)).toThrow('set replicasPerShard to 1 or more')
  expect(withReplicas(1)).not.toThrow()
  Template.fromStack(stack).resourceCountIs('AWS::ElastiCache::ReplicationGroup', 1)
})

test('a session store is not made for a name that ElastiCache does not take in its ids', () => {
  const stack = new Stack(new App(), 'Mine')
  const deployment: DeploymentOptions = { name: 'Mine', keepsData: false, logRetentionDays: 14 }
  const secretsKey = new SecretsKey(stack, 'SecretsKey', { deployment })
  const make = (name: string) => () =>
    new SessionStoreUser(stack, `Of${name}`, {
      deployment: { ...deployment, name },
      secretsKey,
      service: 'agent-workload',
      access: REDIS_ACCESS['agent-workload'],
    })
  expect(make('Mine')).toThrow('The name "Mine" must be at most 16 lower-case letters')
  expect(make('a-name-of-sevente')).toThrow('The name "a-name-of-sevente" must be at most 16')
  expect(make('a-name-of-sixtee')).not.toThrow()
})

test('a function beside our custom resources keeps the log group that its role may write to', () => {
  const stack = new Stack(new App(), 'Mine', { env: { region: 'eu-west-1' } })
  const deployment: DeploymentOptions = { name: 'mine', keepsData: false, logRetentionDays: 14 }
  const resources = new CustomResources(stack, 'CustomResources', {
    deployment,
    key: new LogsKey(stack, 'LogsKey', { deployment }),
  })
  resources.call(stack, 'Call', {
    service: 'EC2',
    action: 'describeManagedPrefixLists',
    permission: 'ec2:DescribeManagedPrefixLists',
    resources: ['*'],
    parameters: {},
    outputPaths: [],
  })
  const logGroup = new logs.LogGroup(stack, 'OwnLogs')
  const code = lambda.Code.fromInline('exports.handler = async () => {}')
  new lambda.Function(stack, 'Own', { code, handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X, logGroup })

  const functions = Object.entries(Template.fromStack(stack).findResources('AWS::Lambda::Function'))
  const groupOf = ([, { Properties }]: (typeof functions)[number]) => Properties.LoggingConfig.LogGroup.Ref as string
  const [own, others] = [
    functions.filter(([id]) => id.startsWith('Own')),
    functions.filter(([id]) => !id.startsWith('Own')),
  ]
  expect(own.map(groupOf)).toEqual([expect.stringMatching(/^OwnLogs/)])
  expect(others.map(groupOf)).toEqual([expect.stringMatching(/^CustomResourcesLogs/)])
})

test('the role that all calls of a stack share may make the later calls, too', () => {
  const stack = new Stack(new App(), 'Mine', { env: { region: 'eu-west-1' } })
  const deployment: DeploymentOptions = { name: 'mine', keepsData: false, logRetentionDays: 14 }
  const resources = new CustomResources(stack, 'CustomResources', {
    deployment,
    key: new LogsKey(stack, 'LogsKey', { deployment }),
  })
  const call = (id: string, permission: string) =>
    resources.call(stack, id, {
      service: 'CognitoIdentityServiceProvider',
      action: 'UpdateUserPoolClient',
      permission,
      resources: [`arn:aws:cognito-idp:eu-west-1:123456789012:userpool/${id}`],
      parameters: {},
      outputPaths: [],
    })
  for (const id of ['One', 'Two']) call(id, 'cognito-idp:UpdateUserPoolClient')
  expect(() => call('Three', 'cognito-idp:DeleteUserPoolClient')).toThrow('put it in another stack')

  const roles = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role'))
  const statements = roles.flatMap(({ Properties }) => Properties.Policies?.[0].PolicyDocument.Statement ?? [])
  expect(statements.filter(({ Action }) => String(Action).startsWith('cognito-idp:'))).toEqual([
    {
      Effect: 'Allow',
      Action: 'cognito-idp:UpdateUserPoolClient',
      Resource: ['One', 'Two'].map((id) => `arn:aws:cognito-idp:eu-west-1:123456789012:userpool/${id}`),
    },
  ])
})

test.each([
  ['https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123', 'cognito'],
  ['https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123', 'cognito'],
  ['https://cognito-idp.eu-west-1.amazonaws.com.example/eu-west-1_AbCdEf123', 'rp-initiated'],
  ['https://issuer.example/cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123', 'rp-initiated'],
])('users sign out at the issuer %s as it expects: %s', (issuer, signOut) => {
  const provider = { ...OPENID_PROVIDERS['an issuer with client_id in its tokens'], issuer }
  const stack = new Stack(new App(), 'Mine')
  expect(new OpenIdSignIn(stack, 'SignIn', { provider, publicUrl: 'https://agents.example.com' }).signOut).toBe(signOut)
})
