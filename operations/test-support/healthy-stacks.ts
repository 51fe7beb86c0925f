import type { Replies } from './aws-stub.ts'

const PREFIX = 'agent-identity-sandbox'
const ACCOUNT_ID = '123456789012'
const HERE = `us-east-1:${ACCOUNT_ID}`

export const STACK_NAMES = ['network', 'edge', 'identity', 'session-store', 'services'].map(
  (name) => `${PREFIX}-${name}`,
)

export const stackId = (name: string, region = 'us-east-1') =>
  `arn:aws:cloudformation:${region}:${ACCOUNT_ID}:stack/${name}/1111`

type Resources = readonly (readonly [type: string, id: string])[]

export const RESOURCES: Readonly<Record<string, Resources>> = {
  network: [['AWS::Logs::LogGroup', 'flow-logs']],
  edge: [
    ['AWS::ElasticLoadBalancingV2::LoadBalancer', `arn:aws:elasticloadbalancing:${HERE}:loadbalancer/app/lb/1`],
    ['AWS::CloudFront::VpcOrigin', 'vo_1'],
    ['AWS::CloudFront::Distribution', 'D1'],
    ['AWS::WAFv2::WebACL', 'acl|acl-id|REGIONAL'],
    ['AWS::Logs::LogGroup', 'aws-waf-logs-agent-identity-sandbox'],
  ],
  identity: [
    ['AWS::Cognito::UserPool', 'us-east-1_Example1'],
    ['AWS::BedrockAgentCore::WorkloadIdentity', PREFIX],
  ],
  'session-store': [
    ['AWS::ElastiCache::ReplicationGroup', 'nodes'],
    ['AWS::ElastiCache::UserGroup', PREFIX],
    ['AWS::ElastiCache::User', `${PREFIX}-workload`],
    ['AWS::ElastiCache::User', `${PREFIX}-binding`],
  ],
  services: [
    ['AWS::ECS::Cluster', 'cluster'],
    ['AWS::ECS::Service', `arn:aws:ecs:${HERE}:service/cluster/agent-workload`],
    ['AWS::ECS::Service', `arn:aws:ecs:${HERE}:service/cluster/session-binding`],
    ['AWS::ElasticLoadBalancingV2::TargetGroup', `arn:aws:elasticloadbalancing:${HERE}:targetgroup/workload/1`],
    ['AWS::ElasticLoadBalancingV2::TargetGroup', `arn:aws:elasticloadbalancing:${HERE}:targetgroup/binding/1`],
    ['AWS::Logs::LogGroup', 'workload-logs'],
  ],
}

export const RESOURCES_OF_MCP: Readonly<Record<string, Resources>> = {
  'session-store': [['AWS::ElastiCache::User', `${PREFIX}-server`]],
  services: [
    ['AWS::ECS::Service', `arn:aws:ecs:${HERE}:service/cluster/mcp-server`],
    ['AWS::ElasticLoadBalancingV2::TargetGroup', `arn:aws:elasticloadbalancing:${HERE}:targetgroup/mcp/1`],
  ],
}

export const FIREWALL_LOG = {
  ResourceArn: 'arn:of:acl',
  LogDestinationConfigs: [],
  RedactedFields: [
    { QueryString: {} },
    ...['referer', 'cookie', 'authorization'].map((Name) => ({ SingleHeader: { Name } })),
  ],
}

export const CUSTOMER_KEY = `arn:aws:kms:${HERE}:key/0a1b2c3d-0000-4000-8000-000000000000`

export const REVOCATION_FUNCTION: Replies = {
  'lambda:GetFunctionConfiguration': () => ({
    FunctionArn: `arn:aws:lambda:${HERE}:function:end-tokens-of-github`,
    Role: `arn:aws:iam::${ACCOUNT_ID}:role/task-role-of-function`,
    State: 'Active',
    LastUpdateStatus: 'Successful',
    Environment: { Variables: { CLIENT_SECRET_ID: 'agents/github' } },
  }),
  'kms:DescribeKey': () => ({
    KeyMetadata: { Arn: CUSTOMER_KEY, KeyId: CUSTOMER_KEY.split('/')[1], KeyManager: 'CUSTOMER' },
  }),
}

export const MODEL = {
  modelId: 'amazon.nova-2-lite-v1:0',
  agreementAvailability: { status: 'AVAILABLE' },
  authorizationStatus: 'AUTHORIZED',
  entitlementAvailability: 'AVAILABLE',
  regionAvailability: 'AVAILABLE',
}
