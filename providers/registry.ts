import type { ProviderId } from '@agent-identity/contracts'
import type { ProviderDefinition } from '@agent-identity/provider-kit'
import * as folders from './index.ts'

/** By id, in alphabetical order. */
export const PROVIDERS: ReadonlyMap<ProviderId, ProviderDefinition> = new Map(
  Object.values(folders)
    .sort((one, other) => (one.id < other.id ? -1 : 1))
    .map((provider) => [provider.id, provider]),
)
