import type { OfferedProvider, OfferedProviders, ProviderId } from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'

/** What is offered, and the other providers of this version, which may have been offered before. Only for what is kept about a user. */
export function knownProviders(offered: OfferedProviders): OfferedProviders {
  const known = [...PROVIDERS.values()].map(
    ({
      id,
      displayName,
      credential,
      baseScopes,
      scopeDescriptions,
      includedScopes,
      customParameters,
    }): [ProviderId, OfferedProvider] => [
      id,
      {
        ...{ id, displayName, credential, baseScopes, scopeDescriptions, customParameters },
        ...(includedScopes && { includedScopes }),
        credentialProvider: '',
        // At a provider that is not offered, no tools are loaded, so none can change anything.
        readOnly: true,
      },
    ],
  )
  return new Map([...known, ...offered])
}
