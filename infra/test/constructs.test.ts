import { test } from '@jest/globals'
import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import {
  AgentServices,
  Alarms,
  createKeyRings,
  type DeploymentOptions,
  existingSessionStore,
  ListenerEntrance,
  LogsKey,
  OpenIdSignIn,
  SecretsKey,
  Traffic,
  WorkloadIdentity,
} from '../index.ts'
import { OPENID_PROVIDERS, OWN_REDIS } from './what-you-have.ts'

/** docs/constructs.md refers to this example. */
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
