import type { ExistingListener, ExistingRedis, ExistingVpc, McpOptions, OpenIdProvider } from '../constructs/options.ts'

export const OWN_VPC: ExistingVpc = {
  vpcId: 'vpc-0123456789abcdef0',
  availabilityZones: ['us-east-1a', 'us-east-1b'],
  serviceSubnetIds: ['subnet-0aaaaaaaaaaaaaaa1', 'subnet-0aaaaaaaaaaaaaaa2'],
  publicSubnetIds: ['subnet-0bbbbbbbbbbbbbbb1', 'subnet-0bbbbbbbbbbbbbbb2'],
}

export const OWN_LISTENER: ExistingListener = {
  kind: 'existing-listener',
  domainName: 'agents.example.com',
  listenerArn:
    'arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shared/0123456789abcdef/fedcba9876543210',
  securityGroupId: 'sg-0123456789abcdef0',
  firstRulePriority: 1_200,
  trustedProxies: 2,
}

export const OWN_REDIS: ExistingRedis = {
  url: 'rediss://redis.example.internal:6380',
  topology: 'cluster',
  users: {
    'agent-workload': {
      name: 'agents-workload',
      password: {
        secret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:redis/agents-workload-AbCdEf',
        field: 'password',
        encryptionKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555',
      },
    },
    'session-binding': { name: 'agents-binding', password: { secret: 'redis/agents-binding' } },
    'mcp-server': { name: 'agents-mcp', password: { secret: 'redis/agents-mcp' } },
  },
  reachedAt: { securityGroupId: 'sg-0fedcba9876543210' },
}

const OIDC_CLIENT = { clientId: 'agents-client', clientSecret: { secret: 'agents/oidc', field: 'clientSecret' } }

export const MCP_AT_OWN_PROVIDER: McpOptions = {
  enabled: true,
  size: { cpu: 256, memoryMiB: 512, minTasks: 1, maxTasks: 2 },
  redirectUris: [],
  allowedOrigins: ['https://inspector.example.com', 'http://localhost:6274'],
  clients: { ids: ['mcp-editor', 'mcp-terminal'], scope: 'mcp.tools' },
}

/** Those of docs/sign-in.md, and one whose tokens have `client_id`. */
export const OPENID_PROVIDERS = {
  Okta: {
    ...OIDC_CLIENT,
    issuer: 'https://example.okta.com/oauth2/aus1234567890abcdef',
    scopes: 'openid profile email offline_access',
    tokenClaim: { aud: 'https://agents.example.com' },
  },
  'Entra ID': {
    ...OIDC_CLIENT,
    issuer: 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0',
    scopes: 'openid profile email offline_access api://agents-client/use',
    tokenClaim: { aud: 'agents-client' },
  },
  Auth0: {
    ...OIDC_CLIENT,
    issuer: 'https://example.eu.auth0.com/',
    scopes: 'openid profile email offline_access',
    authorizationParameters: { audience: 'https://agents.example.com' },
    tokenClaim: { aud: 'https://agents.example.com' },
  },
  Keycloak: {
    ...OIDC_CLIENT,
    issuer: 'https://keycloak.example.com/realms/example',
    tokenClaim: { aud: 'agents-at-agentcore' },
  },
  'an issuer with client_id in its tokens': {
    ...OIDC_CLIENT,
    issuer: 'https://issuer.example.com',
    tokenClaim: 'client_id',
  },
} as const satisfies Record<string, OpenIdProvider>
