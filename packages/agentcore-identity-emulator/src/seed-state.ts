import { AwsError } from './aws-protocol/errors.ts'
import type { EmulatorState } from './emulator-state.ts'
import {
  CreateApiKeyCredentialProviderRequest,
  CreateOauth2CredentialProviderRequest,
  CreateWorkloadIdentityRequest,
} from './model/control-plane.ts'
import { validateInput } from './model/validate-input.ts'
import type { ParsedOptions } from './options.ts'
import { newApiKeyProvider } from './state/api-key-provider.ts'
import { newOauth2Provider } from './state/oauth2-provider.ts'
import { newWorkloadIdentity } from './state/workload-identities.ts'
import { BUILT_IN, builtInIdentity, builtInProvider } from './vendor/built-ins.ts'

export type Kept = 'providers' | 'identities'

/** Checks the configuration by AWS's constraints, but not by the quotas. @returns the mistakes */
export function seedState(state: EmulatorState, options: ParsedOptions, keep: readonly Kept[] = []): string[] {
  state.vault.clear()
  state.sessions.clear()
  state.refreshes.clear()
  state.vendor?.clear()
  return [
    ...(keep.includes('identities') ? [] : seedIdentities(state, options)),
    ...(keep.includes('providers') ? [] : seedProviders(state, options)),
  ]
}

function seedIdentities(state: EmulatorState, { workloadIdentities }: ParsedOptions) {
  state.tags.delete(state.arns.directory)
  const problems = seed(state, 'workloadIdentities', state.workloadIdentities, workloadIdentities, (configured) => {
    const input = validateInput(CreateWorkloadIdentityRequest, configured)
    return {
      ...newWorkloadIdentity(input, state.arns.workloadIdentity(input.name), state.clock.now()),
      serviceLinked: configured.serviceLinked ?? false,
      tags: input.tags,
    }
  })
  if (state.vendor !== undefined && workloadIdentities.length === 0)
    state.workloadIdentities.set(BUILT_IN.workloadName, builtInIdentity(state))
  return problems
}

function seedProviders(state: EmulatorState, { oauth2CredentialProviders, apiKeyCredentialProviders }: ParsedOptions) {
  const context = { ...state, now: state.clock.now() }
  Object.assign(state.tokenVault, { kmsConfiguration: { keyType: 'ServiceManagedKey' }, isKeyDeleted: false })
  state.tags.delete(state.arns.tokenVault)
  const problems = [
    ...seed(state, 'oauth2CredentialProviders', state.oauth2Providers, oauth2CredentialProviders, (configured) => {
      const input = validateInput(CreateOauth2CredentialProviderRequest, configured)
      const { callbackId } = configured
      return { ...newOauth2Provider(input, { ...context, ...(callbackId ? { callbackId } : {}) }), tags: input.tags }
    }),
    ...seed(state, 'apiKeyCredentialProviders', state.apiKeyProviders, apiKeyCredentialProviders, (configured) => {
      const input = validateInput(CreateApiKeyCredentialProviderRequest, configured)
      return { ...newApiKeyProvider(input, context), tags: input.tags }
    }),
    ...repeatedCallbackIds(oauth2CredentialProviders),
  ]
  const { providerName } = BUILT_IN
  const named = oauth2CredentialProviders.some(({ name, endpoints }) => name === providerName || endpoints === 'vendor')
  if (state.vendor !== undefined && !named) state.oauth2Providers.set(providerName, builtInProvider(state))
  return problems
}

/** With one callback URL for two providers, a mix-up attack would not be seen (RFC 9700 §4.4). */
function repeatedCallbackIds(providers: ParsedOptions['oauth2CredentialProviders']) {
  const ids = providers.map(({ callbackId }) => callbackId?.toLowerCase())
  const isRepeated = (id: string | undefined, index: number) => id !== undefined && ids.indexOf(id) < index
  return ids.flatMap((id, index) =>
    isRepeated(id, index) ? [`oauth2CredentialProviders.${index}.callbackId: is there twice`] : [],
  )
}

type Resource = { name: string; arn: string }
type Tagged<R> = R & { tags: Record<string, string> | undefined }

function seed<R extends Resource, C>(
  state: EmulatorState,
  kind: string,
  resources: Map<string, R>,
  configured: readonly C[],
  create: (configured: C) => Tagged<R>,
): string[] {
  for (const { arn } of resources.values()) state.tags.delete(arn)
  resources.clear()
  return configured.flatMap((one, index) => {
    try {
      const { tags, ...resource } = create(one)
      if (resources.has(resource.name)) return [`${kind}.${index}: ${resource.name} is there twice`]
      resources.set(resource.name, resource as unknown as R)
      if (tags) state.tags.set(resource.arn, tags)
      return []
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      return [`${kind}.${index}: ${error.message}`]
    }
  })
}
