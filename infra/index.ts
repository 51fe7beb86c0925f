/** docs/constructs.md is generated from this file. */
export { AgentServices } from './constructs/agent-services.ts'
export { Alarms } from './constructs/alarms.ts'
export { CloudFrontEntrance } from './constructs/cloudfront-entrance.ts'
export { CognitoMcpClients } from './constructs/cognito-mcp-clients.ts'
export { CognitoSignIn } from './constructs/cognito-sign-in.ts'
export { createCredentialProvider } from './constructs/create-credential-provider.ts'
export { CustomResources } from './constructs/custom-resources.ts'
export type { Entrance } from './constructs/entrance.ts'
export { IdentityAuditTrail } from './constructs/identity-audit-trail.ts'
export { createKeyRings, createMcpKeyRings } from './constructs/key-rings.ts'
export { ListenerEntrance } from './constructs/listener-entrance.ts'
export { createLoadBalancer } from './constructs/load-balancer.ts'
export { LogsKey } from './constructs/logs-key.ts'
export { type McpClients, openIdMcpClients } from './constructs/mcp-clients.ts'
export { createNetwork, existingNetwork, type Network } from './constructs/network.ts'
export { OpenIdSignIn } from './constructs/openid-sign-in.ts'
export type {
  DeploymentOptions,
  ExistingRedis,
  ExistingSecret,
  ExistingVpc,
  FirewallLimits,
  NewVpc,
  OpenIdProvider,
  ServiceSize,
  SessionStoreNodes,
} from './constructs/options.ts'
export { OwnDomainEntrance } from './constructs/own-domain-entrance.ts'
export { PrivateEndpoints } from './constructs/private-endpoints.ts'
export { SecretsKey } from './constructs/secrets-key.ts'
export { SessionStore } from './constructs/session-store.ts'
export { existingSessionStore, type SessionStoreAccess } from './constructs/session-store-access.ts'
export { SessionStoreUser } from './constructs/session-store-user.ts'
export type { SignInAccess } from './constructs/sign-in-access.ts'
export { Traffic } from './constructs/traffic.ts'
export { WebFirewall } from './constructs/web-firewall.ts'
export { WorkloadIdentity } from './constructs/workload-identity.ts'
export { REDIS_ACCESS } from './redis-access.ts'
export type { Sources } from './service-environment.ts'
