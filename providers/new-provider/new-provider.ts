import type { CredentialKind } from '@agent-identity/contracts'

export interface NewProvider {
  id: string
  credential: CredentialKind
  /** As AgentCore names it. Of an API key there is none. */
  vendor: string
  displayName: string
  apiUrl: string
}

export const camelCase = (id: string) => id.replace(/-([a-z0-9])/g, (_dash, letter: string) => letter.toUpperCase())
