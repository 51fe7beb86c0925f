import { defineOperation } from '../aws-protocol/operation.ts'
import { apiKeyProviderPermission } from '../iam/permissions.ts'
import { GetApiKeyCredentialProviderRequest } from '../model/control-plane.ts'
import { describeApiKeyProvider, requireApiKeyProvider } from '../state/api-key-provider.ts'

export const GetApiKeyCredentialProvider = defineOperation({
  name: 'GetApiKeyCredentialProvider',
  input: GetApiKeyCredentialProviderRequest,
  permissions: ({ name }, { arns }) => [apiKeyProviderPermission('GetApiKeyCredentialProvider', name, arns)],
  run: ({ name }, state) => describeApiKeyProvider(requireApiKeyProvider(name, state.apiKeyProviders)),
})
