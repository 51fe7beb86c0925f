import { duplicate } from '../aws-protocol/errors.ts'
import { defineOperation } from '../aws-protocol/operation.ts'
import { tagConditionKeys } from '../iam/condition-keys.ts'
import { oauth2ProviderPermission } from '../iam/permissions.ts'
import { createSecretPermission } from '../iam/secret-permissions.ts'
import { CreateOauth2CredentialProviderRequest } from '../model/control-plane.ts'
import { managedSecretArn } from '../oauth/secret-arn.ts'
import { describeNewOauth2Provider } from '../state/describe-oauth2-provider.ts'
import { configuredSource, newOauth2Provider } from '../state/oauth2-provider.ts'
import { requireRoomForProvider } from '../state/quotas.ts'

export const CreateOauth2CredentialProvider = defineOperation({
  name: 'CreateOauth2CredentialProvider',
  successStatus: 201,
  input: CreateOauth2CredentialProviderRequest,
  permissions: ({ name, tags, oauth2ProviderConfigInput: config }, state) => [
    oauth2ProviderPermission('CreateOauth2CredentialProvider', name, state.arns, tagConditionKeys(tags)),
    ...createSecretPermission(configuredSource(config), () => managedSecretArn(state, { kind: 'oauth2', name })),
  ],
  run(input, state) {
    if (state.oauth2Providers.has(input.name)) {
      throw duplicate(`Credential provider with name: ${input.name} already exists`, state.assumptions.duplicateName)
    }
    requireRoomForProvider(state.oauth2Providers, state.quotas.oauth2CredentialProviders)
    const provider = newOauth2Provider(input, { ...state, now: state.clock.now() })
    state.oauth2Providers.set(provider.name, provider)
    if (input.tags) state.tags.set(provider.arn, input.tags)
    return describeNewOauth2Provider(provider, state)
  },
})
