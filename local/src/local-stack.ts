import type { ProviderId } from '@agent-identity/contracts'
import type { VendorHabit } from '@agent-identity/stand-in-kit'
import type { IdentityAssumptions } from './agentcore-identity/configuration.ts'
import type { Deployment, Surroundings } from './deployment.ts'
import type { LogLine } from './processes/child-processes.ts'
import type { RedisAccess } from './processes/redis-users.ts'
import type { ServiceEnvironments, ServiceName } from './services/service-name.ts'
import type { AwsCredentials } from './settings.ts'
import type { SignInHabit } from './sign-in/habits.ts'

export interface LocalStackOptions {
  /** The first of consecutive ports. Default: 0, any free ports. */
  port?: number
  /** Of each service. Default 1. */
  replicas?: number
  /** Usernames, besides alice, bob and the administrator carol. */
  extraUsers?: readonly string[]
  /** Variables of the services' contract; they override this process's. */
  environment?: Readonly<Record<string, string>>
  /** They override `environment`. */
  environments?: Partial<ServiceEnvironments>
  /** For each replica of a service, in order, instead of the common address. */
  redisUrls?: Partial<Record<ServiceName, readonly string[]>>
  /** For tests: a module that Node imports before a service's program. */
  imports?: Partial<Record<ServiceName, string>>
  /** Without effect when `environment` or this process's environment sets IDENTITY_ARTIFACT_MODE to `user-id`. */
  mcp?: boolean
  identityAssumptions?: IdentityAssumptions
  /** The providers of `deploy` must be among them. Default: every provider. */
  providers?: readonly ProviderId[] | undefined
  /** The policies of `deploy` must fit the issuer's tokens. Default: Cognito. */
  signInHabit?: SignInHabit
  /** For stand-ins that have several variants: `{ github: 'github-app' }`. */
  vendorVariants?: Readonly<Record<ProviderId, string>>
  /** What stand-ins do otherwise: `{ slack: ['same-token-again'] }`. */
  vendorHabits?: Readonly<Record<ProviderId, readonly VendorHabit[]>>
  /** Names, role policies, variables and Redis permissions, as the CDK app would deploy them. Default: the local stack's own. */
  deploy?: (surroundings: Surroundings) => Deployment
  /** Instead of that of `deploy`. Without effect with a REDIS_URL. */
  redisAccess?: RedisAccess
  /** Gets the children's output, except AgentCore Identity's ready line, which has secrets. */
  logFile?: string
  /** Gets the same lines as `logFile`. */
  onLog?: (line: LogLine) => void
  /** Told, in words for the user, when a process ends unexpectedly after the start, or the clean-up of a failed start fails. */
  onProgress?: (message: string) => void
  signal?: AbortSignal
  /** Default: 60. */
  startWithinSeconds?: number
}

export interface LocalStack {
  app: string
  signIn: string
  agentcoreIdentity: string
  /** By their provider's id. */
  vendors: Readonly<Record<ProviderId, string>>
  redis: string
  users: { username: string; password: string }[]
  mcp?: string
  /** For MCP clients that do not register. */
  mcpClient?: { clientId: string }
  processes: {
    'agent-workload': { pid: number; url: string }[]
    'session-binding': { pid: number; url: string }[]
    'mcp-server'?: { pid: number; url: string }[]
    'agentcore-identity': { pid: number; url: string }[]
    /** Empty when REDIS_URL is given. */
    redis: { pid: number; url: string }[]
  }
  awsRegion: string
  awsCredentials: Readonly<Record<'agent-workload' | 'session-binding' | 'administrator', AwsCredentials>>
  deployment: Deployment
  /** Including the services' keys. */
  environments: ServiceEnvironments
  mcpEnvironment?: Readonly<Record<string, string>>
  /** Resolves when processes and temporary files are gone; may be called again. */
  stop(): Promise<void>
}

export function readyLine(stack: LocalStack): string {
  const { app, mcp, mcpClient, signIn, agentcoreIdentity, vendors, redis, users, processes } = stack
  const line = { event: 'ready', app, mcp, mcpClient, signIn, agentcoreIdentity, vendors, redis, users, processes }
  return JSON.stringify(line)
}
