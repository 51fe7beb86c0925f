import { defineOperation } from '../aws-protocol/operation.ts'
import { apiKeyProviderPermission, writeSecretPermission } from '../iam/permissions.ts'
import { UpdateApiKeyCredentialProviderRequest } from '../model/control-plane.ts'
import { describeApiKeyProvider, requireApiKeyProvider, updateApiKeyProvider } from '../state/api-key-provider.ts'

export const UpdateApiKeyCredentialProvider = defineOperation({
  name: 'UpdateApiKeyCredentialProvider',
  input: UpdateApiKeyCredentialProviderRequest,
  permissions: ({ name, apiKeySecretSource }, { arns }) => [
    apiKeyProviderPermission('UpdateApiKeyCredentialProvider', name, arns),
    ...writeSecretPermission('PutSecretValue', `default/apikey/${name}`, apiKeySecretSource, arns),
  ],
  run(input, state) {
    const provider = requireApiKeyProvider(input.name, state.apiKeyProviders)
    const updated = updateApiKeyProvider(provider, input, { ...state, now: state.clock.now() })
    state.apiKeyProviders.set(updated.name, updated)
    return describeApiKeyProvider(updated)
  },
})
