import type { OfferedProvider, OfferedProviders, ProviderId } from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'

/**
 * What this deployment offers, and every other provider of this version: it may have been offered before, and be offered again. To find what
 * is kept about a user, and for nothing else: AgentCore cannot be asked for a token of one that is not offered.
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
