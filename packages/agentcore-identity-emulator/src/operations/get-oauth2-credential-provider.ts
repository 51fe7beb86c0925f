import { defineOperation } from '../aws-protocol/operation.ts'
import { oauth2ProviderPermission } from '../iam/permissions.ts'
import { GetOauth2CredentialProviderRequest } from '../model/control-plane.ts'
import { describeOauth2Provider } from '../state/describe-oauth2-provider.ts'
import { requireOauth2Provider } from '../state/oauth2-provider.ts'

export const GetOauth2CredentialProvider = defineOperation({
  name: 'GetOauth2CredentialProvider',
  input: GetOauth2CredentialProviderRequest,
  permissions: ({ name }, { arns }) => [oauth2ProviderPermission('GetOauth2CredentialProvider', name, arns)],
  run: ({ name }, state) => describeOauth2Provider(requireOauth2Provider(name, state.oauth2Providers), state),
})
