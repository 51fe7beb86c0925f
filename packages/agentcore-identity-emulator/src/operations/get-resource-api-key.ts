import { defineOperation } from '../aws-protocol/operation.ts'
import { resourcePermissions } from '../iam/resource-permissions.ts'
import { openWorkloadAccessToken } from '../identity/open-workload-access-token.ts'
import { GetResourceApiKeyRequest } from '../model/data-plane.ts'
import { requireApiKeyProvider } from '../state/api-key-provider.ts'

/** Answers every workload that IAM allows: AWS binds providers to no workload. */
export const GetResourceApiKey = defineOperation({
  name: 'GetResourceApiKey',
  path: '/identities/api-key',
  input: GetResourceApiKeyRequest,
  permissions: ({ workloadIdentityToken, resourceCredentialProviderName: apiKeyProvider }, state) => {
    const { workloadName } = openWorkloadAccessToken(workloadIdentityToken, state).token
    return resourcePermissions('GetResourceApiKey', { workloadName, apiKeyProvider }, state)
  },
  run({ resourceCredentialProviderName }, state) {
    const { apiKey } = requireApiKeyProvider(resourceCredentialProviderName, state.apiKeyProviders)
    return { apiKey: state.secrets.read(apiKey) }
  },
})
