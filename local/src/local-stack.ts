import type { ProviderId } from '@agent-identity/contracts'
import type { IdentityAssumptions } from './agentcore-identity/configuration.ts'
import type { Deployment, Surroundings } from './deployment.ts'
import type { LogLine } from './processes/child-processes.ts'
import type { RedisAccess } from './processes/redis-users.ts'
import type { ServiceEnvironments, ServiceName } from './services/service-name.ts'
import type { AwsCredentials } from './settings.ts'
import type { SignInHabit } from './sign-in/habits.ts'

export interface LocalStackOptions {
  /** The app's port, the first of consecutive ones. 0, the default, chooses free ports. */
  port?: number
  /** Of each service. Default 1. */
  replicas?: number
  /** Usernames, besides alice, bob and carol, who is an administrator. */
  extraUsers?: readonly string[]
  /** Variables of the services' contract; they override those of this process. */
  environment?: Readonly<Record<string, string>>
  /** The same for one service; they override the common ones. */
  environments?: Partial<ServiceEnvironments>
  /** The address of Redis for each replica of a service, in order, instead of the common one. */
  redisUrls?: Partial<Record<ServiceName, readonly string[]>>
  /** Starts the MCP server. Without effect when IDENTITY_ARTIFACT_MODE is given as `user-id`. */
  mcp?: boolean
  identityAssumptions?: IdentityAssumptions
  /** The offered providers, with their stand-ins; the providers of `deploy` must be among them. Default: every provider. */
  providers?: readonly ProviderId[] | undefined
  /** The issuer that the sign-in imitates; the policies of `deploy` must match. Default: Cognito. */
  signInHabit?: SignInHabit
  /** How a vendor is set up, where its stand-in knows several ways: `{ github: 'github-app' }`. */
  vendorVariants?: Readonly<Record<ProviderId, string>>
  /** What the CDK app deploys, instead of the stack's own resources. */
  deploy?: (surroundings: Surroundings) => Deployment
  /** The permissions of each service's user in Redis, instead of those of `deploy`. Without effect with a REDIS_URL. */
  redisAccess?: RedisAccess
  /** Gets the output of the child processes, except the ready line of AgentCore Identity, which has secrets. */
  logFile?: string
  /** Gets the same lines. */
  onLog?: (line: LogLine) => void
  /**
   * Told, in words for the user, when a process ends unexpectedly after the start; during the start, the start rejects instead. Also told when the
   * clean-up after a failed start fails.
   */
  onProgress?: (message: string) => void
  signal?: AbortSignal
  /** How long the start may take, in seconds. Default 60. */
  startWithinSeconds?: number
}

export interface LocalStack {
  app: string
  signIn: string
  agentcoreIdentity: string
  /** The stand-ins, by their provider's id. */
  vendors: Readonly<Record<ProviderId, string>>
  redis: string
  users: { username: string; password: string }[]
  /** The address for MCP clients; `mcpClient` is for those that do not register. */
  mcp?: string
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
  /** Ends the processes and removes the temporary files. Resolves when that is done; may be called again. */
  stop(): Promise<void>
}

export function readyLine(stack: LocalStack): string {
  const { app, mcp, mcpClient, signIn, agentcoreIdentity, vendors, redis, users, processes } = stack
  const line = { event: 'ready', app, mcp, mcpClient, signIn, agentcoreIdentity, vendors, redis, users, processes }
  return JSON.stringify(line)
}
