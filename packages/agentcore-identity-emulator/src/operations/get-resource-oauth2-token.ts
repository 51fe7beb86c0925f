import { defineOperation } from '../aws-protocol/operation.ts'
import { clientCredentials } from '../grants/client-credentials.ts'
import { exchangeOnBehalfOf } from '../grants/on-behalf-of.ts'
import { requireReturnUrl } from '../grants/require-return-url.ts'
import { userFederation } from '../grants/user-federation.ts'
import { resourcePermissions } from '../iam/resource-permissions.ts'
import { openWorkloadAccessToken } from '../identity/open-workload-access-token.ts'
import { GetResourceOauth2TokenRequest } from '../model/data-plane.ts'
import { requireOauth2Provider } from '../state/oauth2-provider.ts'

export const GetResourceOauth2Token = defineOperation({
  name: 'GetResourceOauth2Token',
  path: '/identities/oauth2/token',
  input: GetResourceOauth2TokenRequest,
  permissions: ({ workloadIdentityToken, resourceCredentialProviderName: oauth2Provider }, state) => {
    const { workloadName } = openWorkloadAccessToken(workloadIdentityToken, state).token
    return resourcePermissions('GetResourceOauth2Token', { workloadName, oauth2Provider }, state)
  },
  run(input, state) {
    const { token, identity } = openWorkloadAccessToken(input.workloadIdentityToken, state)
    const returnUrl = input.oauth2Flow === 'USER_FEDERATION' ? requireReturnUrl(input, identity) : undefined
    const provider = requireOauth2Provider(input.resourceCredentialProviderName, state.oauth2Providers)
    switch (input.oauth2Flow) {
      case 'USER_FEDERATION':
        return userFederation(input, { token, provider, returnUrl: returnUrl as string }, state)
      case 'M2M':
        return clientCredentials(input, { token, provider }, state)
      case 'ON_BEHALF_OF_TOKEN_EXCHANGE':
        return exchangeOnBehalfOf(input, { token, provider }, state)
    }
  },
})
