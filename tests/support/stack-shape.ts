import type { SynthesizedServices } from '@agent-identity/infra/synthesized-service'
import type { Deployment } from '@agent-identity/local'

export type Service = 'agent-workload' | 'session-binding'

export interface Stack {
  app: string
  signIn: string
  agentcoreIdentity: string
  vendors: Readonly<Record<string, string>>
  redis: string
  users: { username: string; password: string }[]
  processes: Record<string, { pid: number; url?: string }[]>
  /** Without an MCP server this and the next two members are absent. */
  mcp?: string
  mcpClient?: { clientId: string }
  mcpEnvironment?: Readonly<Record<string, string>>
  deployment: Deployment
  environments: Record<Service, Readonly<Record<string, string>>>
  awsRegion: string
  awsCredentials: Record<Service | 'administrator', { accessKeyId: string; secretAccessKey: string }>
  logFile: string
  synthesized?: SynthesizedServices
}
