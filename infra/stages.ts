import type { ProviderId } from '@agent-identity/contracts'
import type {
  Administrators,
  CloudFrontAddress,
  CognitoUsers,
  DeploymentOptions,
  ExistingListener,
  ExistingRedis,
  ExistingVpc,
  FirewallLimits,
  McpOptions,
  NewVpc,
  OpenIdProvider,
  OwnDomain,
  ServiceSize,
  SessionStoreNodes,
} from './constructs/options.ts'
import type { IdentityArtifactKind, ServiceName } from './names.ts'

export interface Stage extends DeploymentOptions {
  /** Used unless `-c` or the environment names a Region. */
  region: string
  /** The rest of `own-domain` may be set here or with `-c`. */
  entrance: CloudFrontAddress | (Pick<OwnDomain, 'kind'> & Partial<OwnDomain>) | ExistingListener
  /** `-c providers=github,…` replaces the list. */
  providers: readonly ProviderId[]
  /** Workload access tokens for users are minted with this kind. IAM denies the other kind. */
  identityArtifact: IdentityArtifactKind
  /**
   * Only AgentCore, and not the task itself, may read a provider's secret (`aws:CalledVia`). Whether AgentCore's forward access sessions have that
   * key has not been tried on a live account.
   */
  clientSecretsOnlyViaAgentCore: boolean
  /**
   * Consent trips of a user session at a time. `many` only when `npm run verify` has seen in your account that AgentCore sets a separate cookie for
   * each authorization.
   */
  consentsAtOnce: 'one' | 'many'
  /** How many changes the agent makes without asking the user, and at which providers it asks first. */
  changes: {
    /** In one turn, without asking. 0: the agent asks before each change. */
    perTurn: number
    /** Providers where the agent asks before every change, unless the user has chosen otherwise. */
    askFirst: readonly ProviderId[]
  }
  /** `off`: for an application of yours that uses the API (docs/your-agent.md). Default: `on`. */
  chatPage?: 'on' | 'off'
  /** Default: no user may erase other users. */
  administrators?: Administrators
  /** The id of a model or of an inference profile, not an ARN. */
  modelId?: string
  /** `{ vpcId, … }`: your VPC. */
  network: (NewVpc | ExistingVpc) & {
    /** Private endpoints for AWS: then session binding may connect only to these, to S3 and to the store. */
    interfaceEndpoints: boolean
  }
  /** `{ url, … }`: your Redis. */
  sessionStore: SessionStoreNodes | ExistingRedis
  services: Record<ServiceName, ServiceSize>
  /** Described in docs/mcp.md. */
  mcp: McpOptions
  /** `{ issuer, … }`: your OpenID provider. */
  signIn: CognitoUsers | OpenIdProvider
  firewall: FirewallLimits
  /**
   * A CloudTrail trail with the calls to AgentCore Identity, and most management events of the account and Region (docs/audit.md), priced per
   * event (docs/cost.md).
   */
  auditTrail: boolean
  containerInsights: boolean
}

/** The redirect URIs that docs/mcp.md lists as registered by default. */
const LOOPBACK_REDIRECT_URIS = [
  // Claude Code.
  'http://localhost:3118/callback',
  // VS Code shows its users the first and sends the second.
  'http://127.0.0.1:33418',
  'http://127.0.0.1:33418/',
  // MCP Inspector.
  'http://localhost:6274/oauth/callback',
]

const sandbox: Stage = {
  name: 'sandbox',
  region: 'us-east-1',
  entrance: { kind: 'cloudfront' },
  providers: ['profile'],
  identityArtifact: 'jwt',
  clientSecretsOnlyViaAgentCore: false,
  consentsAtOnce: 'one',
  changes: { perTurn: 5, askFirst: [] },
  network: { cidr: '10.20.0.0/20', natGateways: 1, interfaceEndpoints: false },
  sessionStore: { nodeType: 'cache.t4g.micro', topology: 'single', shards: 1, replicasPerShard: 0 },
  services: {
    'agent-workload': { cpu: 512, memoryMiB: 1024, minTasks: 1, maxTasks: 2 },
    'session-binding': { cpu: 256, memoryMiB: 512, minTasks: 1, maxTasks: 2 },
  },
  mcp: {
    enabled: false,
    size: { cpu: 256, memoryMiB: 512, minTasks: 1, maxTasks: 2 },
    redirectUris: LOOPBACK_REDIRECT_URIS,
  },
  signIn: { mfa: 'optional' },
  firewall: { requests: 10_000, authorizationRequests: 1_500 },
  logRetentionDays: 14,
  auditTrail: false,
  containerInsights: false,
  keepsData: false,
}

const production: Stage = {
  name: 'production',
  region: 'us-east-1',
  entrance: { kind: 'own-domain' },
  providers: [],
  identityArtifact: 'jwt',
  clientSecretsOnlyViaAgentCore: false,
  consentsAtOnce: 'one',
  changes: { perTurn: 5, askFirst: [] },
  network: { cidr: '10.30.0.0/20', natGateways: 2, interfaceEndpoints: true },
  sessionStore: { nodeType: 'cache.m7g.large', topology: 'cluster', shards: 1, replicasPerShard: 1 },
  services: {
    'agent-workload': { cpu: 1024, memoryMiB: 2048, minTasks: 2, maxTasks: 10 },
    'session-binding': { cpu: 256, memoryMiB: 512, minTasks: 2, maxTasks: 6 },
  },
  mcp: {
    enabled: false,
    size: { cpu: 512, memoryMiB: 1024, minTasks: 2, maxTasks: 6 },
    redirectUris: LOOPBACK_REDIRECT_URIS,
  },
  signIn: { mfa: 'required' },
  firewall: { requests: 10_000, authorizationRequests: 1_500 },
  logRetentionDays: 365,
  auditTrail: true,
  containerInsights: true,
  keepsData: true,
}

export const STAGES: readonly Stage[] = [sandbox, production]
