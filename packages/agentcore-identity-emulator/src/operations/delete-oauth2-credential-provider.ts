import { defineOperation } from '../aws-protocol/operation.ts'
import { oauth2ProviderPermission } from '../iam/permissions.ts'
import { deleteSecretPermission } from '../iam/secret-permissions.ts'
import { DeleteOauth2CredentialProviderRequest } from '../model/control-plane.ts'
import { requireOauth2Provider } from '../state/oauth2-provider.ts'

export const DeleteOauth2CredentialProvider = defineOperation({
  name: 'DeleteOauth2CredentialProvider',
  successStatus: 204,
  input: DeleteOauth2CredentialProviderRequest,
  permissions: ({ name }, { arns, oauth2Providers }) => [
    oauth2ProviderPermission('DeleteOauth2CredentialProvider', name, arns),
    ...deleteSecretPermission(oauth2Providers.get(name)?.secretArn),
  ],
  run({ name }, state) {
    const provider = requireOauth2Provider(name, state.oauth2Providers)
    state.oauth2Providers.delete(name)
    state.vault.deleteAllOf(provider.instanceId)
    state.tags.delete(provider.arn)
    return {}
  },
})
