import { TYPES_WITHOUT_STACK_TAGS } from '@agent-identity/infra/types-without-stack-tags'

const PREFIX = 'agent-identity-sandbox'
const ACCOUNT_ID = '123456789012'
const HERE = `us-east-1:${ACCOUNT_ID}`

export const stackId = (name: string) => `arn:aws:cloudformation:us-east-1:${ACCOUNT_ID}:stack/${name}/1111`

/** `arn`: as the tagging API lists it, if it does. */
type Resources = readonly (readonly [type: string, id: string, arn?: string])[]

const arn = (service: string, resource: string) => `arn:aws:${service}:${HERE}:${resource}`
const global = (service: string, resource: string) => `arn:aws:${service}::${ACCOUNT_ID}:${resource}`
/** The physical id is the ARN. */
const itself = (type: string, id: string) => [type, id, id] as const
const service = (name: string): Resources => [
  itself('AWS::ECS::Service', arn('ecs', `service/cluster/${name}`)),
  [
    'AWS::ApplicationAutoScaling::ScalableTarget',
    `service/cluster/${name}|ecs:service:DesiredCount|ecs`,
    arn('application-autoscaling', `scalable-target/0ec5-${name}`),
  ],
]
const user = (id: string) => ['AWS::ElastiCache::User', id, arn('elasticache', `user:${id}`)] as const
const logGroup = (name: string) => ['AWS::Logs::LogGroup', name, arn('logs', `log-group:${name}`)] as const
const loadBalancing = (type: string, name: string) =>
  itself(`AWS::ElasticLoadBalancingV2::${type}`, arn('elasticloadbalancing', name))

export const RESOURCES: Readonly<Record<string, Resources>> = {
  network: [
    logGroup('flow-logs'),
    ['AWS::EC2::EIP', '192.0.2.1', arn('ec2', 'elastic-ip/eipalloc-1')],
    ['AWS::KMS::Key', '0a1b-of-logs', arn('kms', 'key/0a1b-of-logs')],
    ['AWS::IAM::Role', 'role-of-flow-logs', global('iam', 'role/role-of-flow-logs')],
  ],
  edge: [
    loadBalancing('LoadBalancer', 'loadbalancer/app/lb/1'),
    ['AWS::CloudFront::VpcOrigin', 'vo_1', global('cloudfront', 'vpcorigin/vo_1')],
    ['AWS::CloudFront::Distribution', 'D1', global('cloudfront', 'distribution/D1')],
    itself('AWS::CloudFront::Function', global('cloudfront', 'function/viewer')),
    ['AWS::WAFv2::WebACL', 'acl|acl-id|REGIONAL', arn('wafv2', 'regional/webacl/acl/acl-id')],
  ],
  identity: [
    ['AWS::Cognito::UserPool', 'us-east-1_Example1', arn('cognito-idp', 'userpool/us-east-1_Example1')],
    [
      'AWS::BedrockAgentCore::WorkloadIdentity',
      PREFIX,
      arn('bedrock-agentcore', `workload-identity-directory/default/workload-identity/${PREFIX}`),
    ],
    ...['profile', 'github'].map((provider) =>
      itself(
        'AWS::BedrockAgentCore::OAuth2CredentialProvider',
        arn('bedrock-agentcore', `token-vault/default/oauth2credentialprovider/${PREFIX}-${provider}`),
      ),
    ),
  ],
  'session-store': [
    ['AWS::ElastiCache::SubnetGroup', 'subnets', arn('elasticache', 'subnetgroup:subnets')],
    ['AWS::ElastiCache::ParameterGroup', 'parameters', arn('elasticache', 'parametergroup:parameters')],
    ['AWS::ElastiCache::ReplicationGroup', 'nodes', arn('elasticache', 'replicationgroup:nodes')],
    ['AWS::ElastiCache::UserGroup', PREFIX, arn('elasticache', `usergroup:${PREFIX}`)],
    user(`${PREFIX}-workload`),
    user(`${PREFIX}-binding`),
  ],
  services: [
    ['AWS::ECS::Cluster', 'cluster', arn('ecs', 'cluster/cluster')],
    ...service('agent-workload'),
    ...service('session-binding'),
    loadBalancing('TargetGroup', 'targetgroup/workload/1'),
    loadBalancing('TargetGroup', 'targetgroup/binding/1'),
    logGroup('workload-logs'),
  ],
}

export const RESOURCES_OF_MCP: Readonly<Record<string, Resources>> = {
  'session-store': [user(`${PREFIX}-server`)],
  services: [...service('mcp-server'), loadBalancing('TargetGroup', 'targetgroup/mcp/1')],
}

/** What AWS makes for these resources has their tags, or ours. */
const MADE_BY_AWS = [
  arn('elasticache', 'cluster:nodes-0001-001'),
  arn('ecs', 'task/cluster/1'),
  arn('ecs', 'task-definition/workload:1'),
  arn('ec2', 'network-interface/eni-1'),
]

/** CloudFormation gives every resource our tags, and its own to those of some types only. */
export function taggedResources(): { ResourceARN: string; Tags: { Key: string; Value: string }[] }[] {
  const ours = [
    { Key: 'project', Value: 'agentcore-identity-on-ecs' },
    { Key: 'stage', Value: 'sandbox' },
  ]
  const ofStacks = Object.entries(RESOURCES).flatMap(([stack, resources]) =>
    resources.flatMap(([type, , ResourceARN]) => {
      if (ResourceARN === undefined) return []
      const its = { Key: 'aws:cloudformation:stack-id', Value: stackId(`${PREFIX}-${stack}`) }
      return [{ ResourceARN, Tags: TYPES_WITHOUT_STACK_TAGS.includes(type) ? ours : [...ours, its] }]
    }),
  )
  return [...ofStacks, ...MADE_BY_AWS.map((ResourceARN) => ({ ResourceARN, Tags: ours }))]
}

export const CUSTOMER_KEY = `arn:aws:kms:${HERE}:key/0a1b2c3d-0000-4000-8000-000000000000`

export const MODEL = {
  modelId: 'amazon.nova-2-lite-v1:0',
  agreementAvailability: { status: 'AVAILABLE' },
  authorizationStatus: 'AUTHORIZED',
  entitlementAvailability: 'AVAILABLE',
  regionAvailability: 'AVAILABLE',
}
