import { defineOperation } from '../aws-protocol/operation.ts'
import { apiKeyProviderPermission } from '../iam/permissions.ts'
import { updateSecretPermission } from '../iam/secret-permissions.ts'
import { UpdateApiKeyCredentialProviderRequest } from '../model/control-plane.ts'
import { managedSecretArn } from '../oauth/secret-arn.ts'
import { describeApiKeyProvider, requireApiKeyProvider, updateApiKeyProvider } from '../state/api-key-provider.ts'

export const UpdateApiKeyCredentialProvider = defineOperation({
  name: 'UpdateApiKeyCredentialProvider',
  input: UpdateApiKeyCredentialProviderRequest,
  permissions: ({ name, apiKeySecretSource }, state) => [
    apiKeyProviderPermission('UpdateApiKeyCredentialProvider', name, state.arns),
    ...updateSecretPermission(state.apiKeyProviders.get(name)?.secretArn, apiKeySecretSource, () =>
      managedSecretArn(state, { kind: 'apikey', name }),
    ),
  ],
  run(input, state) {
    const provider = requireApiKeyProvider(input.name, state.apiKeyProviders)
    const updated = updateApiKeyProvider(provider, input, { ...state, now: state.clock.now() })
    state.apiKeyProviders.set(updated.name, updated)
    return describeApiKeyProvider(updated)
  },
})
