import { REDIS_ACCESS } from '@agent-identity/infra/redis-access'
import { asTheEngineSays } from './access-strings.ts'
import type { Input, Replies } from './aws-stub.ts'
import { CUSTOMER_KEY, MODEL, RESOURCES, RESOURCES_OF_MCP, stackId, taggedResources } from './healthy-stacks.ts'
import { repeated } from './xml.ts'

const ACCOUNT_ID = '123456789012'
export const REGION = 'us-east-1'
export const PREFIX = 'agent-identity-sandbox'
export const APP = 'https://d111111abcdef8.cloudfront.net'
export const RETURN_URL = `${APP}/oauth2/session-binding`
const USER_POOL = 'us-east-1_Example1'
export const ISSUER = `https://cognito-idp.${REGION}.amazonaws.com/${USER_POOL}`
export const SIGN_IN_CLIENT = 'the-sign-in-client'
export const PROFILE_CLIENT = 'the-profile-client'
export const MCP_CLIENT = 'the-mcp-client'
export const MCP_SCOPE = `${APP}/mcp/tools`
export const MCP_REDIRECT_URIS = [
  'http://localhost:3118/callback',
  'http://127.0.0.1:33418',
  'http://127.0.0.1:33418/',
  'http://localhost:6274/oauth/callback',
]
export const IMAGES = {
  'agent-workload': 'a'.repeat(64),
  'session-binding': 'b'.repeat(64),
  'mcp-server': 'c'.repeat(64),
}

export type Service = 'agent-workload' | 'session-binding' | 'mcp-server'
const SERVICES: readonly Service[] = ['agent-workload', 'session-binding']
export const roleOf = (service: string) => `arn:aws:iam::${ACCOUNT_ID}:role/task-role-of-${service}`
const serviceArn = (service: Service) => `arn:aws:ecs:${REGION}:${ACCOUNT_ID}:service/cluster/${service}`
export const secretOf = (name: string) => `arn:aws:secretsmanager:${REGION}:${ACCOUNT_ID}:secret:${name}-AbCdEf`

/** No output of doctor may contain any of these values. */
export const KEYS = {
  USER_SESSION_KEYS: 'key-of-user-sessions-0123456789abcdef',
  IDENTITY_ARTIFACT_KEYS: 'key-of-identity-artifacts-0123456789',
  USER_TOKENS_KEYS: 'key-of-user-tokens-0123456789abcdef0',
  TURN_KEYS: 'key-of-turns-0123456789abcdef0123456',
  CONNECTION_KEYS: 'key-of-connections-0123456789abcdef0',
  MCP_KEYS: 'key-of-the-mcp-server-0123456789abcd',
}
export type Ring = keyof typeof KEYS
const RINGS = Object.keys(KEYS) as Ring[]
const RINGS_OF: Readonly<Record<Service, readonly Ring[]>> = {
  'agent-workload': ['USER_SESSION_KEYS', 'IDENTITY_ARTIFACT_KEYS', 'USER_TOKENS_KEYS', 'TURN_KEYS'],
  'session-binding': ['USER_SESSION_KEYS', 'IDENTITY_ARTIFACT_KEYS'],
  'mcp-server': ['CONNECTION_KEYS', 'MCP_KEYS'],
}
export const keyRing = (key: string) => JSON.stringify({ sealWith: 'k1', k1: key })

export const VARIABLES: Readonly<Record<string, string>> = {
  PUBLIC_URL: APP,
  WORKLOAD_NAME: PREFIX,
  OIDC_ISSUER: ISSUER,
  OIDC_CLIENT_ID: SIGN_IN_CLIENT,
  MODEL_PROVIDER: 'bedrock',
  BEDROCK_MODEL_ID: 'us.amazon.nova-2-lite-v1:0',
  PROVIDERS: JSON.stringify({
    profile: { credentialProvider: `${PREFIX}-profile` },
    github: { credentialProvider: `${PREFIX}-github` },
  }),
}

export const healthyWithMcp = (): Replies => healthy([...SERVICES, 'mcp-server'])

function healthy(services: readonly Service[]): Replies {
  const mcp = services.includes('mcp-server')
  const resourcesOf = (stack: string) => [...(RESOURCES[stack] ?? []), ...((mcp && RESOURCES_OF_MCP[stack]) || [])]
  return {
    'sts:GetCallerIdentity': () => ({ Account: ACCOUNT_ID, Arn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/admin/me` }),
    'cloudformation:DescribeStacks': ({ StackName }) => ({
      Stacks: [
        {
          StackName,
          StackId: stackId(String(StackName)),
          StackStatus: 'UPDATE_COMPLETE',
          Outputs: [{ OutputKey: 'Address', OutputValue: APP }],
        },
      ],
    }),
    'cloudformation:ListStackResources': ({ StackName }) => ({
      StackResourceSummaries: resourcesOf(String(StackName).slice(PREFIX.length + 1)).map(([type, id], index) => ({
        LogicalResourceId: `${type.split('::')[2]}${index}`,
        PhysicalResourceId: id,
        ResourceType: type,
        ResourceStatus: 'CREATE_COMPLETE',
      })),
    }),
    'ecs:DescribeServices': () => ({
      services: services.map((service) => ({
        serviceArn: serviceArn(service),
        status: 'ACTIVE',
        // Autoscaling has added a task, which starts.
        desiredCount: service === 'agent-workload' ? 2 : 1,
        runningCount: 1,
        taskDefinition: service,
        deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED' }],
      })),
    }),
    'ecs:DescribeTaskDefinition': ({ taskDefinition }) => taskDefinitionOf(taskDefinition as Service, mcp),
    'elasticloadbalancing:DescribeTargetHealth': ({ TargetGroupArn }) => ({
      TargetHealthDescriptions: [
        'healthy',
        'draining',
        ...(String(TargetGroupArn).includes('workload') ? ['initial'] : []),
      ].map((State) => ({ TargetHealth: { State } })),
    }),
    'wafv2:GetWebACLForResource': () => ({ WebACL: { Id: 'acl-id', Name: 'acl', ARN: 'arn:of:acl' } }),
    'cognito-idp:DescribeUserPoolClient': ({ ClientId }) => ({
      UserPoolClient: {
        ClientId,
        ClientSecret: 'client-secret-of-cognito',
        CallbackURLs: ClientId === MCP_CLIENT ? MCP_REDIRECT_URIS : [`${APP}/auth/callback`],
      },
    }),
    'secretsmanager:DescribeSecret': ({ SecretId }) => ({
      ARN: SecretId,
      KmsKeyId: 'alias/aws/secretsmanager',
      Name: /secret:(.*)-[^-]+$/.exec(String(SecretId))?.[1],
      Tags: [{ Key: 'aws:secretsmanager:owningService', Value: 'bedrock-agentcore-identity' }],
    }),
    'secretsmanager:GetSecretValue': ({ SecretId }) => {
      const ring = RINGS.find((name) => SecretId === secretOf(name)) ?? 'TURN_KEYS'
      return { ARN: SecretId, SecretString: keyRing(KEYS[ring]) }
    },
    'kms:DescribeKey': () => ({ KeyMetadata: { Arn: CUSTOMER_KEY, KeyManager: 'AWS' } }),
    'iam:SimulatePrincipalPolicy': simulate,
    'elasticache:DescribeReplicationGroups': () => ({
      ReplicationGroups: repeated('ReplicationGroup', [{ Status: 'available', UserGroupIds: [PREFIX] }]),
    }),
    'elasticache:DescribeUserGroups': () => ({
      UserGroups: [
        {
          UserGroupId: PREFIX,
          Status: 'active',
          UserIds: [`${PREFIX}-workload`, `${PREFIX}-binding`, ...(mcp ? [`${PREFIX}-server`] : [])],
        },
      ],
    }),
    'elasticache:DescribeUsers': ({ UserId }) => {
      const service = services.find((name) => String(UserId).endsWith(name.split('-')[1] ?? '')) ?? 'agent-workload'
      const AccessString = asTheEngineSays(REDIS_ACCESS[service])
      const Authentication = { Type: 'password', PasswordCount: 1 }
      return { Users: [{ UserId, UserName: service, Status: 'active', AccessString, Authentication }] }
    },
    'bedrock:GetInferenceProfile': () => ({ status: 'ACTIVE' }),
    'bedrock:GetFoundationModelAvailability': () => MODEL,
    'servicequotas:GetServiceQuota': () => ({ Quota: { Value: 64 } }),
    'tagging:GetResources': () => ({ ResourceTagMappingList: taggedResources() }),
  }
}

/** The replies for a healthy stage without an MCP server, apart from AgentCore's and from the callback URL of the profile client. */
export const HEALTHY: Replies = healthy(SERVICES)

function taskDefinitionOf(service: Service, mcp: boolean) {
  const rings = [...RINGS_OF[service], ...(mcp && service === 'agent-workload' ? ['CONNECTION_KEYS' as const] : [])]
  const variables = { ...VARIABLES, ...(service === 'mcp-server' && { MCP_CLIENT_IDS: MCP_CLIENT, MCP_SCOPE }) }
  return {
    taskDefinition: {
      taskRoleArn: roleOf(service),
      cpu: '512',
      containerDefinitions: [
        {
          name: service,
          image: `${ACCOUNT_ID}.dkr.ecr.${REGION}.amazonaws.com/cdk-assets:${IMAGES[service]}`,
          environment: Object.entries(variables).map(([name, value]) => ({ name, value })),
          secrets: rings.map((ring) => ({ name: ring, valueFrom: secretOf(ring) })),
        },
      ],
    },
  }
}

const ALLOWED: Readonly<Record<Service, readonly string[]>> = {
  'agent-workload': [
    'bedrock-agentcore:GetWorkloadAccessTokenForJWT',
    'bedrock-agentcore:GetResourceOauth2Token',
    'secretsmanager:GetSecretValue',
    'bedrock:InvokeModel',
    'bedrock:InvokeModelWithResponseStream',
  ],
  'session-binding': ['bedrock-agentcore:CompleteResourceTokenAuth', 'secretsmanager:GetSecretValue'],
  'mcp-server': [
    'bedrock-agentcore:GetWorkloadAccessTokenForJWT',
    'bedrock-agentcore:GetResourceOauth2Token',
    'secretsmanager:GetSecretValue',
  ],
}

export const membersOf = (input: Input, list: string): string[] =>
  Object.entries(input)
    .filter(([name]) => new RegExp(`^${list}\\.member\\.\\d+$`).test(name))
    .map(([, value]) => String(value))

function simulate(input: Input): object {
  const service = String(input.PolicySourceArn).slice(roleOf('').length) as keyof typeof ALLOWED
  const [action = ''] = membersOf(input, 'ActionNames')
  const clientIds = Object.values(input).includes('bedrock-agentcore:InboundJwtClaim/client_id')
  const isOurs = !clientIds || Object.values(input).includes(service === 'mcp-server' ? MCP_CLIENT : SIGN_IN_CLIENT)
  const decision = ALLOWED[service].includes(action) && isOurs ? 'allowed' : 'implicitDeny'
  return {
    EvaluationResults: membersOf(input, 'ResourceArns').map((arn) => ({
      EvalActionName: action,
      EvalResourceName: arn,
      EvalDecision: decision,
    })),
    IsTruncated: false,
  }
}
