import { randomBytes } from 'node:crypto'
import { type ProviderId, returnUrlOf } from '@agent-identity/contracts'
import type { Ports } from './ports.ts'

export const APPLICATION_NAME = 'Agent workload'
export const REGION = 'us-east-1'
export const ACCOUNT_ID = '123456789012'

/** The providers that have a stand-in of their own; `profile` is the sign-in issuer's. */
export type Vendor = Exclude<ProviderId, 'profile'>

/** AgentCore makes it at random, and the vendor must know it before the first flow. */
const CALLBACK_IDS: Readonly<Record<ProviderId, string>> = {
  github: '6f1c5f0e-6c0b-4a52-9f0e-2f6f3d7a1b01',
  'google-calendar': '6f1c5f0e-6c0b-4a52-9f0e-2f6f3d7a1b02',
  profile: '6f1c5f0e-6c0b-4a52-9f0e-2f6f3d7a1b03',
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

/** Addresses, and secrets that are made for this run and known to nobody else. */
export interface Settings {
  /** Origins. */
  app: string
  signIn: string
  agentcoreIdentity: string
  vendors: Readonly<Record<Vendor, string>>
  returnUrl: string
  signInClient: { id: string; secret: string }
  /** The client that each credential provider is at its authorization server, and where that one sends the browser back. */
  providerClients: Readonly<Record<ProviderId, ProviderClient>>
  /** `administrator` is nobody's in the stack: it is for tests and for people with an AWS SDK. */
  awsCredentials: Readonly<Record<'agent-workload' | 'session-binding' | 'administrator', AwsCredentials>>
}

export function createSettings(ports: Ports): Settings {
  const app = `http://localhost:${ports.app}`
  const agentcoreIdentity = `http://127.0.0.1:${ports.agentcoreIdentity}`
  const providerClient = (provider: ProviderId) => ({
    id: `agentcore-identity-at-${provider}`,
    secret: newSecret(),
    callbackId: CALLBACK_IDS[provider],
    callbackUrl: `${agentcoreIdentity}/identities/oauth2/callback/${CALLBACK_IDS[provider]}`,
  })
  return {
    app,
    signIn: `http://127.0.0.1:${ports.signIn}`,
    agentcoreIdentity,
    vendors: {
      github: `http://127.0.0.1:${ports.github}`,
      'google-calendar': `http://127.0.0.1:${ports.googleCalendar}`,
    },
    returnUrl: returnUrlOf(app),
    signInClient: { id: 'agent-workload', secret: newSecret() },
    providerClients: {
      github: providerClient('github'),
      'google-calendar': providerClient('google-calendar'),
      profile: providerClient('profile'),
    },
    awsCredentials: {
      'agent-workload': newAwsCredentials(),
      'session-binding': newAwsCredentials(),
      administrator: newAwsCredentials(),
    },
  }
}

export const newSecret = () => randomBytes(32).toString('base64url')

const newAwsCredentials = (): AwsCredentials => ({
  accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
  secretAccessKey: newSecret(),
})
