import type { OfferedProviders } from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'

export const EVERY_PROVIDER: OfferedProviders = new Map(
  [...PROVIDERS].map(([id, provider]) => [id, { ...provider, credentialProvider: id, readOnly: false }]),
)
