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
  ProviderClient,
  ServiceSize,
  SessionStoreNodes,
} from './constructs/options.ts'
import type { IdentityArtifactKind, ServiceName } from './names.ts'

/** A stage is a file of `stages/`, and has the file's name. An option that is added later is optional, so that the files of a fork stay valid. */
export interface StageFile extends Omit<DeploymentOptions, 'name'> {
  /** Credentials of another account are refused. Default: any account. */
  account?: string
  /** Another Region of `-c` is refused. Default: the Region of `-c`, else of the environment, else us-east-1. */
  region?: string
  /** The rest of `own-domain` may be set here or with `-c`. */
  entrance: CloudFrontAddress | (Pick<OwnDomain, 'kind'> & Partial<OwnDomain>) | ExistingListener
  /** An id alone needs `-c <id>Secret=…`, unless the deployment creates the provider's client. `-c providers=github,…` replaces the list. */
  providers: readonly (ProviderId | StageProvider)[]
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
  /** Gets the alarms, after its reader has confirmed the subscription. Default: the topic has no subscription. */
  alarmEmail?: string
}

export interface StageProvider extends Omit<ProviderClient, 'provider'> {
  id: ProviderId
}

export interface Stage extends StageFile {
  name: string
  region: string
}

/** The redirect URIs that docs/mcp.md lists as registered by default. */
export const LOOPBACK_REDIRECT_URIS = [
  // Claude Code.
  'http://localhost:3118/callback',
  // VS Code shows its users the first and sends the second.
  'http://127.0.0.1:33418',
  'http://127.0.0.1:33418/',
  // MCP Inspector.
  'http://localhost:6274/oauth/callback',
]
