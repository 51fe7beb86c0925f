import type { CredentialKind, ProviderId } from '@agent-identity/contracts'
import { DeploymentError } from './deployment-error.ts'
import { prefixOf } from './names.ts'

interface Named {
  stage: { name: string }
  provider: { id: ProviderId; credential: CredentialKind }
}

/**
 * The policy for a provider admits both names of its secret: `<name>-<eight hex digits>`, and the older `<name>`. So it also admits the older name
 * for a provider that is called `<name>-<eight characters>`.
 *
 * @throws DeploymentError for the first such pair, and for two stages with one name for a provider: `sandbox` with `google-calendar`, and
 * `sandbox-google` with `calendar`
 */
export function checkProviderNames(providers: readonly Named[]): void {
  const named = providers.map(({ stage, provider: { id, credential } }) => ({
    stage: stage.name,
    name: `${prefixOf(stage)}-${id}`,
    // AgentCore keeps the secrets of API keys under another path (`apikey/`).
    kind: credential === 'api-key' ? 'key' : 'client',
  }))
  for (const one of named) {
    const ofKind = named.filter(({ kind }) => kind === one.kind)
    const twin = ofKind.find(({ stage, name }) => stage !== one.stage && name === one.name)
    if (twin)
      throw new DeploymentError(
        `The stages ${one.stage} and ${twin.stage} both have a credential provider ${one.name}, so rename a stage or a provider.`,
      )
    const other = ofKind.find(({ name }) => name.startsWith(`${one.name}-`) && name.length === one.name.length + 9)
    if (other)
      throw new DeploymentError(
        `The credential providers ${one.name} and ${other.name} cannot be in one account: a role that reads the secret of the first could read that of the second, so rename one.`,
      )
  }
}
