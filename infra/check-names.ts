import type { CredentialKind, ProviderId } from '@agent-identity/contracts'
import { DeploymentError } from './deployment-error.ts'
import { prefixOf } from './names.ts'

interface Named {
  stage: { name: string }
  provider: { id: ProviderId; credential: CredentialKind }
}

/**
 * AgentCore names a provider's secret `<name>-<eight hex digits>`, and before 2026 `<name>`. The policy for a provider has to admit both. So it would
 * also admit the secret of a provider that is called `<name>-<eight characters>`, in the form from before 2026.
 *
 * @param providers of all stages, which may be in one account
 * @throws DeploymentError for the first such pair, because a role that reads the secret of one could read that of the other
 */
export function checkProviderNames(providers: readonly Named[]): void {
  const named = providers.map(({ stage, provider: { id, credential } }) => ({
    name: `${prefixOf(stage)}-${id}`,
    // AgentCore keeps the secrets of API keys under another path (`apikey/`), which no policy for a client matches.
    kind: credential === 'api-key' ? 'key' : 'client',
  }))
  for (const one of named) {
    const other = named.find(
      ({ name, kind }) => kind === one.kind && name.startsWith(`${one.name}-`) && name.length === one.name.length + 9,
    )
    if (other)
      throw new DeploymentError(
        `The credential providers ${one.name} and ${other.name} cannot be in one account: a role that reads the secret of the first could read that of the second, so rename one.`,
      )
  }
}
