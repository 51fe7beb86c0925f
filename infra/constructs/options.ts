import type { ProviderDefinition } from '@agent-identity/provider-kit'
import type { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { ServiceName } from '../names.ts'

/** What every construct is told of the deployment that it belongs to. */
export interface DeploymentOptions {
  /** Part of every name that must be unique in an account and Region. */
  name: string
  /** `true` protects against deletion and keeps what holds data; `false` leaves nothing behind. */
  keepsData: boolean
  logRetentionDays: RetentionDays
}

/** A VPC that is made. */
export interface NewVpc {
  cidr: string
  natGateways: number
  /** Two zone ids, where the first two zones of the account may not do. */
  availabilityZoneIds?: readonly [string, string]
}

/** CloudFront's own domain in front of an internal load balancer: needs nothing but an account. */
export interface CloudFrontAddress {
  kind: 'cloudfront'
}

/** A public load balancer under your domain. */
export interface OwnDomain {
  kind: 'own-domain'
  domainName: string
  /** Of an issued ACM certificate in the same Region. */
  certificateArn?: string
  /** Route 53's id of the public zone that the domain is in: the record is made, and the certificate where none is named. */
  hostedZoneId?: string
}

/** A listener of a load balancer that is there already. */
export interface ExistingListener {
  kind: 'existing-listener'
  /** The host that browsers ask for. Its certificate and DNS record are the listener's owner's. */
  domainName: string
  /** Of an application load balancer, for HTTPS. */
  listenerArn: string
  /** The load balancer's: the services admit it, and it may open connections to them. */
  securityGroupId: string
  /** Of the rules: this one, five more (closes back-channel logout while it is off) and ten more must be free. Default: 10. */
  firstRulePriority?: number
  /** How many proxies append to `X-Forwarded-For` on the way, this load balancer included. Default: 1. */
  trustedProxies?: number
}

/** A VPC that is there already. The subnets of each kind stand in the order of the zones, one or more rounds of them. */
export interface ExistingVpc {
  vpcId: string
  availabilityZones: readonly string[]
  /** Of both services: with a route to AWS, the sign-in issuer and the vendors. */
  serviceSubnetIds: readonly string[]
  /** Of session binding, where private endpoints are made: it needs no other way out. Default: those of the services. */
  sessionBindingSubnetIds?: readonly string[]
  /** Of a public load balancer, where one is made. */
  publicSubnetIds?: readonly string[]
  /** Of a session store, where one is made; without them it stands beside the services. */
  storeSubnetIds?: readonly string[]
}

export type RedisTopology = 'single' | 'cluster'

/** The nodes of a session store that is made. */
export interface SessionStoreNodes {
  nodeType: string
  topology: RedisTopology
  shards: number
  replicasPerShard: number
}

/** A secret in Secrets Manager that is there already, in the Region of the deployment. */
export interface ExistingSecret {
  /** Name or ARN. */
  secret: string
  /** Of a JSON secret. Without it the whole value is taken. */
  field?: string
  /** Of the customer key that it is encrypted with, if it is. */
  encryptionKeyArn?: string
}

/** A Redis or Valkey, version 7 or newer, that is there already. */
export interface ExistingRedis {
  /** `rediss://host:port`: over TLS, without a user and a password. */
  url: string
  topology: RedisTopology
  /** Two users of that Redis. `infra/redis-access.ts` has what each of them may do. */
  users: Readonly<Record<ServiceName, { name: string; password: ExistingSecret }>>
  /** A security group, which then admits the services, or addresses. */
  reachedAt: { securityGroupId: string } | { cidr: string }
}

/** A user pool that is made. */
export interface CognitoUsers {
  mfa: 'optional' | 'required'
}

/**
 * Of a JWT, IAM knows `iss`, `sub`, `aud`, `scope` and `client_id` only. An issuer that names the client otherwise (`azp`,
 * `cid`) needs an audience that no other client gets tokens for.
 */
export type TokenClaim = { client_id: string } | { aud: string }

/** An OpenID provider that is there already. docs/sign-in.md has a recipe for each of the well-known ones. */
export interface OpenIdProvider {
  /** Exactly as it stands in the tokens' `iss`, a slash at its end included. */
  issuer: string
  clientId: string
  clientSecret: ExistingSecret
  /** What only the access tokens of this client have: IAM lets nothing else mint workload access tokens. */
  tokenClaim: 'client_id' | { aud: string }
  /** Space-separated, `openid` among them. */
  scopes?: string
  /** Further parameters of the authorization request. */
  authorizationParameters?: Readonly<Record<string, string>>
  /**
   * The issuer may end user sessions (OpenID Connect Back-Channel Logout): it has the route registered for this client. Without this
   * nothing gets to that route.
   */
  backChannelLogout?: boolean
  /** In front of the subject in mode `user-id`. Default: `oidc`. */
  userIdPrefix?: string
}

/** Of each task, and how many there are. */
export interface ServiceSize {
  cpu: number
  memoryMiB: number
  minTasks: number
  maxTasks: number
}

/** Against floods. An office shares an address, and the services have finer limits of their own (the contract's variables). */
export interface FirewallLimits {
  /** Requests per address in five minutes, over all routes. */
  requests: number
  /** Requests per address in five minutes to the routes that start and finish an authorization. */
  authorizationRequests: number
}

/** A provider that is switched on, and what the deployment gives it. */
export interface ProviderClient {
  provider: ProviderDefinition
  /** Name or ARN in Secrets Manager of the OAuth client; absent when the deployment makes the client itself. */
  secret?: string
  /** What stands in the place of the words in braces of its authorization server. */
  parameters?: Readonly<Record<string, string>>
}
