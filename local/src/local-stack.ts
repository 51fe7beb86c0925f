import type { ProviderId } from '@agent-identity/contracts'
import type { IdentityAssumptions } from './agentcore-identity/configuration.ts'
import type { Deployment, Surroundings } from './deployment.ts'
import type { LogLine } from './processes/child-processes.ts'
import type { ServiceEnvironments, ServiceName } from './services/service-name.ts'
import type { AwsCredentials } from './settings.ts'
import type { SignInHabit } from './sign-in/habits.ts'

export interface LocalStackOptions {
  /** The app's; those after it are the others'. 0, the default, chooses free ones. */
  port?: number
  /** Of each service. Default 1. */
  replicas?: number
  /** Usernames of people besides alice and bob. */
  extraUsers?: readonly string[]
  /** Variables of the services' contract, over those of this process. */
  environment?: Readonly<Record<string, string>>
  /** The same for one of the services, over those of both. */
  environments?: Partial<ServiceEnvironments>
  /** Where each replica of a service finds Redis, in their order, when there is a way of its own to it. */
  redisUrls?: Partial<Record<ServiceName, readonly string[]>>
  /** Starts the MCP server, too, and its clients can register at the issuer. */
  mcp?: boolean
  identityAssumptions?: IdentityAssumptions
  /** The providers that it offers, with their stand-ins; with `deploy`, those there must be among them. Default: every one. */
  providers?: readonly ProviderId[] | undefined
  /** Whose habits the sign-in issuer plays; with `deploy`, the policies there must fit. Default: Cognito's. */
  signInHabit?: SignInHabit
  /** What the CDK app deploys, in the place of the stack's own; `redisAccess` only where there is no REDIS_URL. */
  deploy?: (surroundings: Surroundings) => Deployment
  /** Every line that a child process writes is appended to it. */
  logFile?: string
  /** The same lines as they come. */
  onLog?: (line: LogLine) => void
  /** Sentences for whoever waits, and about a process that ended without being told. */
  onProgress?: (message: string) => void
  /** Gives up starting. */
  signal?: AbortSignal
}

/** What is known of a running stack, the ready line's members among it; all but `stop` can be written as JSON. */
export interface LocalStack {
  app: string
  signIn: string
  agentcoreIdentity: string
  /** The stand-ins, by their provider's id. */
  vendors: Readonly<Record<ProviderId, string>>
  redis: string
  users: { username: string; password: string }[]
  /** Where MCP clients are pointed at, and a client id for those that do not register. */
  mcp?: string
  mcpClient?: { clientId: string }
  processes: {
    'agent-workload': { pid: number; url: string }[]
    'session-binding': { pid: number; url: string }[]
    'mcp-server'?: { pid: number; url: string }[]
    'agentcore-identity': { pid: number; url: string }[]
    /** Empty with a Redis of the caller's own. */
    redis: { pid: number; url: string }[]
  }
  awsRegion: string
  awsCredentials: Readonly<Record<'agent-workload' | 'session-binding' | 'administrator', AwsCredentials>>
  /** What it plays of AWS. */
  deployment: Deployment
  /** Everything that the services see, their keys included; for tests that start another replica or look for secrets. */
  environments: ServiceEnvironments
  /** The same of the MCP server. */
  mcpEnvironment?: Readonly<Record<string, string>>
  /** Ends every process and removes every file. Resolves when they are gone; may be called again. */
  stop(): Promise<void>
}

/** The line that `--json` prints, as programs outside know it. */
export function readyLine(stack: LocalStack): string {
  const { app, mcp, mcpClient, signIn, agentcoreIdentity, vendors, redis, users, processes } = stack
  const line = { event: 'ready', app, mcp, mcpClient, signIn, agentcoreIdentity, vendors, redis, users, processes }
  return JSON.stringify(line)
}
