import { duplicate } from '../aws-protocol/errors.ts'
import { defineOperation } from '../aws-protocol/operation.ts'
import { tagConditionKeys } from '../iam/condition-keys.ts'
import { apiKeyProviderPermission } from '../iam/permissions.ts'
import { createSecretPermission } from '../iam/secret-permissions.ts'
import { CreateApiKeyCredentialProviderRequest } from '../model/control-plane.ts'
import { managedSecretArn } from '../oauth/secret-arn.ts'
import { describeApiKeyProvider, newApiKeyProvider } from '../state/api-key-provider.ts'
import { requireRoomForProvider } from '../state/quotas.ts'

export const CreateApiKeyCredentialProvider = defineOperation({
  name: 'CreateApiKeyCredentialProvider',
  successStatus: 201,
  input: CreateApiKeyCredentialProviderRequest,
  permissions: ({ name, tags, apiKeySecretSource }, state) => [
    apiKeyProviderPermission('CreateApiKeyCredentialProvider', name, state.arns, tagConditionKeys(tags)),
    ...createSecretPermission(apiKeySecretSource, () => managedSecretArn(state, { kind: 'apikey', name })),
  ],
  run(input, state) {
    if (state.apiKeyProviders.has(input.name)) {
      throw duplicate(`Credential provider with name: ${input.name} already exists`, state.assumptions.duplicateName)
    }
    requireRoomForProvider(state.apiKeyProviders, state.quotas.apiKeyCredentialProviders)
    const provider = newApiKeyProvider(input, { ...state, now: state.clock.now() })
    state.apiKeyProviders.set(provider.name, provider)
    if (input.tags) state.tags.set(provider.arn, input.tags)
    const { createdTime: _, lastUpdatedTime: __, ...created } = describeApiKeyProvider(provider)
    return created
  },
})
