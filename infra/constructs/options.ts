import type { ProviderDefinition } from '@agent-identity/provider-kit'
import type { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { PerContainer } from '../names.ts'

export interface DeploymentOptions {
  /**
   * Unique in an account and Region. In a stage, or with a session store of the deployment: at most 16 lower-case letters, digits and single hyphens,
   * beginning with a letter.
   */
  name: string
  /** `true` protects resources from deletion and retains users, secrets, keys and logs, not the session store. */
  keepsData: boolean
  logRetentionDays: RetentionDays
  /** Reserved concurrency of each function that ends access tokens. Default: none, because a new account may have none to spare. */
  revocationsAtOnce?: number
}

export interface NewVpc {
  cidr: string
  natGateways: number
  /** Default: in some Regions two that support CloudFront VPC origins, elsewhere the first two of the account. */
  availabilityZoneIds?: readonly [string, string]
}

export interface CloudFrontAddress {
  kind: 'cloudfront'
}

export interface OwnDomain {
  kind: 'own-domain'
  domainName: string
  /** Of an issued ACM certificate in the same Region. */
  certificateArn?: string
  /** Of the domain's public zone: the deployment creates the record, and the certificate if none is given. */
  hostedZoneId?: string
}

export interface ExistingListener {
  kind: 'existing-listener'
  /** The host that browsers use. The listener's owner manages its certificate and DNS record. */
  domainName: string
  /** Of an application load balancer, for HTTPS. */
  listenerArn: string
  /** The load balancer's. It must allow connections to the services. */
  securityGroupId: string
  /**
   * The priority of the first rule. Others follow at +2 (with an MCP server), +5 (while back-channel logout is off) and +10: all must be free.
   * Default: 10. A later change to a priority that another rule of the deployment still has fails (`PriorityInUse`).
   */
  firstRulePriority?: number
  /** How many proxies append to `X-Forwarded-For`, this load balancer included if it appends. Default: 1. */
  trustedProxies?: number
}

/**
 * Each list names the same number of subnets in each zone, in the order of `availabilityZones`: `['a1', 'b1', 'a2', 'b2']`. A list that a load
 * balancer or private endpoints use has exactly one subnet in each zone.
 */
export interface ExistingVpc {
  vpcId: string
  availabilityZones: readonly string[]
  /** With a route to AWS, the sign-in issuer and the vendors. */
  serviceSubnetIds: readonly string[]
  /**
   * With private endpoints they need a gateway endpoint of S3, but no route to the internet. Without, they need a route to AWS. Default: the subnets
   * of the services.
   */
  sessionBindingSubnetIds?: readonly string[]
  /** For a public load balancer. */
  publicSubnetIds?: readonly string[]
  /** For a session store of the deployment. Default: the subnets of the services. */
  storeSubnetIds?: readonly string[]
}

export type RedisTopology = 'single' | 'cluster'

export interface SessionStoreNodes {
  nodeType: string
  topology: RedisTopology
  /** 1 with the topology `single`. */
  shards: number
  /** At least 1 with the topology `cluster`. */
  replicasPerShard: number
  /** In UTC, like `sun:03:00-sun:04:00`. Default: AWS chooses one. */
  maintenanceWindow?: string
}

/** In Secrets Manager, in the Region of the deployment. */
export interface ExistingSecret {
  /** Name or ARN. A name that ends in a hyphen and six letters or digits (`my-secret`) is refused: give the complete ARN. */
  secret: string
  /** The member of a JSON secret. Default: the whole value. */
  field?: string
  /** Of the customer key that encrypts it. */
  encryptionKeyArn?: string
}

/** An existing Redis or Valkey, version 7 or newer. */
export interface ExistingRedis {
  /** `rediss://host:port`: over TLS, without a user and a password. */
  url: string
  topology: RedisTopology
  /** A user for each container. Their permissions: `infra/redis-access.ts`. */
  users: PerContainer<{ name: string; password: ExistingSecret }>
  /** The store's security group, which gets a rule for the services, or its IPv4 range. */
  reachedAt: { securityGroupId: string } | { cidr: string }
}

export interface CognitoUsers {
  mfa: 'optional' | 'required'
  /** Of invitations and forgotten passwords. Default: Cognito's own sender, which sends some 50 e-mails a day for the whole account. */
  sender?: EmailSender
}

/** By Amazon SES. */
export interface EmailSender {
  /** `agents@example.com` or `Agents <agents@example.com>`. */
  from: string
  /** Of the verified SES identity: the address of `from`, or its domain. */
  identityArn: string
}

/**
 * Of a JWT, IAM knows `iss`, `sub`, `aud`, `scope` and `client_id` only: an issuer that names the client otherwise (`azp`, `cid`) needs an audience
 * for which no other client gets tokens.
 */
export type TokenClaim = { client_id: string } | { aud: string }

/** An existing OpenID provider (docs/sign-in.md). */
export interface OpenIdProvider {
  /** Exactly the tokens' `iss`. A slash at its end counts. */
  issuer: string
  clientId: string
  clientSecret: ExistingSecret
  /** A claim that only the access tokens of this client have: IAM allows the agent workload to mint with no other token. */
  tokenClaim: 'client_id' | { aud: string }
  /** Space-separated, including `openid`. */
  scopes?: string
  authorizationParameters?: Readonly<Record<string, string>>
  /** The issuer may end user sessions (OpenID Connect Back-Channel Logout). By default the load balancer blocks the route. */
  backChannelLogout?: boolean
  /** It precedes the subject in user ids, when `identityArtifact` is `user-id`. Default: `oidc`. */
  userIdPrefix?: string
}

/** They may erase other users. */
export interface Administrators {
  /** Exactly as the claim names it. */
  group: string
  /** Of the ID token. Default: `cognito:groups`. */
  claim?: string
}

export interface ServiceSize {
  cpu: number
  memoryMiB: number
  minTasks: number
  maxTasks: number
}

export interface McpOptions {
  enabled: boolean
  size: ServiceSize
  /** Of the client that the deployment creates at Cognito, which compares them letter by letter, ports included. */
  redirectUris: readonly string[]
  /** Of other web pages that may call `/mcp`. Default: none. */
  allowedOrigins?: readonly string[]
  /** Required with an existing OpenID provider. */
  clients?: McpClientsAtOpenIdProvider
}

export interface McpClientsAtOpenIdProvider {
  /** Not the client that signs users in. */
  ids: readonly string[]
  /** The `aud` of their access tokens. IAM compares with it if `signIn.tokenClaim` is an audience. Default: `<app>/mcp`. */
  audience?: string
  /** A token must have it. Default: `mcp/tools`. */
  scope?: string
}

/** All users of an office may share one address. */
export interface FirewallLimits {
  /** Per address in five minutes, over all routes. */
  requests: number
  /** Per address in five minutes, to the routes that start and finish an authorization or a sign-in. */
  authorizationRequests: number
}

export interface ProviderClient {
  provider: ProviderDefinition
  /** Name or ARN of the secret with the OAuth client or the API key. Absent when the deployment creates the client. */
  secret?: string
  /** Of the customer key that encrypts the secret. Needed if a function reads the secret. */
  secretKeyArn?: string
  /** Values, by the names in braces in the provider's definition. */
  parameters?: Readonly<Record<string, string>>
}
