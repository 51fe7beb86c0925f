import { defineOperation } from '../aws-protocol/operation.ts'
import { epochSeconds } from '../aws-protocol/timestamps.ts'
import { vaultPermission } from '../iam/permissions.ts'
import { ListOauth2CredentialProvidersRequest } from '../model/control-plane.ts'
import { page } from '../state/page.ts'

export const ListOauth2CredentialProviders = defineOperation({
  name: 'ListOauth2CredentialProviders',
  input: ListOauth2CredentialProvidersRequest,
  permissions: (_input, { arns }) => [vaultPermission('ListOauth2CredentialProviders', arns)],
  run(input, state) {
    const { items, ...more } = page(state.oauth2Providers.values(), input)
    const credentialProviders = items.map((provider) => ({
      name: provider.name,
      credentialProviderVendor: provider.vendor,
      credentialProviderArn: provider.arn,
      createdTime: epochSeconds(provider.createdTime),
      lastUpdatedTime: epochSeconds(provider.lastUpdatedTime),
    }))
    return { credentialProviders, ...more }
  },
})
