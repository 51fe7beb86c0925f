import { defineOperation } from '../aws-protocol/operation.ts'
import { epochSeconds } from '../aws-protocol/timestamps.ts'
import { vaultPermission } from '../iam/permissions.ts'
import { ListApiKeyCredentialProvidersRequest } from '../model/control-plane.ts'
import { page } from '../state/page.ts'

export const ListApiKeyCredentialProviders = defineOperation({
  name: 'ListApiKeyCredentialProviders',
  input: ListApiKeyCredentialProvidersRequest,
  permissions: (_input, { arns }) => [vaultPermission('ListApiKeyCredentialProviders', arns)],
  run(input, state) {
    const { items, ...more } = page(state.apiKeyProviders.values(), input)
    const credentialProviders = items.map((provider) => ({
      name: provider.name,
      credentialProviderArn: provider.arn,
      createdTime: epochSeconds(provider.createdTime),
      lastUpdatedTime: epochSeconds(provider.lastUpdatedTime),
    }))
    return { credentialProviders, ...more }
  },
})
