import { defineOperation } from '../aws-protocol/operation.ts'
import { apiKeyProviderPermission } from '../iam/permissions.ts'
import { deleteSecretPermission } from '../iam/secret-permissions.ts'
import { DeleteApiKeyCredentialProviderRequest } from '../model/control-plane.ts'
import { requireApiKeyProvider } from '../state/api-key-provider.ts'

export const DeleteApiKeyCredentialProvider = defineOperation({
  name: 'DeleteApiKeyCredentialProvider',
  successStatus: 204,
  input: DeleteApiKeyCredentialProviderRequest,
  permissions: ({ name }, { arns, apiKeyProviders }) => [
    apiKeyProviderPermission('DeleteApiKeyCredentialProvider', name, arns),
    ...deleteSecretPermission(apiKeyProviders.get(name)?.secretArn),
  ],
  run({ name }, state) {
    const provider = requireApiKeyProvider(name, state.apiKeyProviders)
    state.apiKeyProviders.delete(name)
    state.tags.delete(provider.arn)
    return {}
  },
})
