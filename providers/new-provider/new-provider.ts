import type { CredentialKind } from '@agent-identity/contracts'

export interface NewProvider {
  id: string
  credential: CredentialKind
  /** AgentCore's name of the vendor. Empty for an API key. */
  vendor: string
  displayName: string
  apiUrl: string
}

export const camelCase = (id: string) => id.replace(/-([a-z0-9])/g, (_dash, letter: string) => letter.toUpperCase())
