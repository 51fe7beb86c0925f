import { createHash, randomBytes } from 'node:crypto'
import { type ProviderId, returnUrlOf } from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'
import { WITH_STAND_IN } from '@agent-identity/providers/stand-ins'
import type { Ports } from './ports.ts'

export const APPLICATION_NAME = 'Agent workload'
export const REGION = 'us-east-1'
export const ACCOUNT_ID = '123456789012'

/** A UUID from a hash (RFC 9562 §5.8). */
function callbackIdOf(provider: ProviderId): string {
  const hex = createHash('sha256').update(`local callback ${provider}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export interface ProviderClient {
  id: string
  secret: string
  callbackId: string
  callbackUrl: string
}

export interface AwsCredentials {
  accessKeyId: string
  secretAccessKey: string
}

export interface Settings {
  app: string
  signIn: string
  agentcoreIdentity: string
  vendors: Readonly<Record<ProviderId, string>>
  returnUrl: string
  signInClient: { id: string; secret: string }
  mcpClientId: string
  providerClients: ReadonlyMap<ProviderId, ProviderClient>
  /** `administrator` is no service's: it is for tests, tools and people. */
  awsCredentials: Readonly<
    Record<'agent-workload' | 'session-binding' | 'mcp-server' | 'administrator', AwsCredentials>
  >
}

export function createSettings(ports: Ports, offered: readonly ProviderId[] = [...PROVIDERS.keys()]): Settings {
  const app = `http://localhost:${ports.app}`
  const agentcoreIdentity = `http://127.0.0.1:${ports.agentcoreIdentity}`
  const providerClient = (provider: ProviderId): ProviderClient => ({
    id: `agentcore-identity-at-${provider}`,
    secret: newSecret(),
    callbackId: callbackIdOf(provider),
    callbackUrl: `${agentcoreIdentity}/identities/oauth2/callback/${callbackIdOf(provider)}`,
  })
  return {
    app,
    signIn: `http://127.0.0.1:${ports.signIn}`,
    agentcoreIdentity,
    // The selection of providers does not change a stand-in's port.
    vendors: Object.fromEntries(
      WITH_STAND_IN.map((id, index) => [id, `http://127.0.0.1:${ports.vendors[index]}`]).filter(([id = '']) =>
        offered.includes(id),
      ),
    ),
    returnUrl: returnUrlOf(app),
    signInClient: { id: 'agent-workload', secret: newSecret() },
    mcpClientId: 'mcp-client',
    providerClients: new Map(offered.map((id) => [id, providerClient(id)])),
    awsCredentials: {
      'agent-workload': newAwsCredentials(),
      'session-binding': newAwsCredentials(),
      'mcp-server': newAwsCredentials(),
      administrator: newAwsCredentials(),
    },
  }
}

export const newSecret = () => randomBytes(32).toString('base64url')

const newAwsCredentials = (): AwsCredentials => ({
  accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
  secretAccessKey: newSecret(),
})
