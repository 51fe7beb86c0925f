import type { OfferedProvider, OfferedProviders, ProviderId } from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'

/**
 * What this deployment offers, and every other provider of this version: it may have been offered before, and be offered again. The map
 * serves only to find what is kept about a user: AgentCore cannot be asked for a token of a provider that is not offered.
 */
export function knownProviders(offered: OfferedProviders): OfferedProviders {
  const known = [...PROVIDERS.values()].map(
    ({
      id,
      displayName,
      credential,
      baseScopes,
      scopeDescriptions,
      customParameters,
    }): [ProviderId, OfferedProvider] => [
      id,
      {
        ...{ id, displayName, credential, baseScopes, scopeDescriptions, customParameters },
        credentialProvider: '',
        readOnly: true,
      },
    ],
  )
  return new Map([...known, ...offered])
}
