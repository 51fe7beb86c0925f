import { ValidationException } from '../aws-protocol/errors.ts'
import { defineOperation } from '../aws-protocol/operation.ts'
import { oauth2ProviderPermission } from '../iam/permissions.ts'
import { updateSecretPermission } from '../iam/secret-permissions.ts'
import { UpdateOauth2CredentialProviderRequest } from '../model/control-plane.ts'
import { managedSecretArn } from '../oauth/secret-arn.ts'
import { describeUpdatedOauth2Provider } from '../state/describe-oauth2-provider.ts'
import { configuredSource, requireOauth2Provider, updateOauth2Provider } from '../state/oauth2-provider.ts'

export const UpdateOauth2CredentialProvider = defineOperation({
  name: 'UpdateOauth2CredentialProvider',
  input: UpdateOauth2CredentialProviderRequest,
  permissions: ({ name, oauth2ProviderConfigInput: config }, state) => [
    oauth2ProviderPermission('UpdateOauth2CredentialProvider', name, state.arns),
    ...updateSecretPermission(state.oauth2Providers.get(name)?.secretArn, configuredSource(config), () =>
      managedSecretArn(state, { kind: 'oauth2', name }),
    ),
  ],
  run(input, state) {
    const provider = requireOauth2Provider(input.name, state.oauth2Providers)
    if (input.credentialProviderVendor !== provider.vendor) {
      throw ValidationException.field('credentialProviderVendor', 'The vendor of a credential provider cannot change')
    }
    const updated = updateOauth2Provider(provider, input, { ...state, now: state.clock.now() })
    state.oauth2Providers.set(updated.name, updated)
    return describeUpdatedOauth2Provider(updated, state)
  },
})
