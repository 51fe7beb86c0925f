import { AwsError } from '../aws-protocol/errors.ts'
import { defineOperation } from '../aws-protocol/operation.ts'
import { tagConditionKeys } from '../iam/condition-keys.ts'
import { apiKeyProviderPermission, writeSecretPermission } from '../iam/permissions.ts'
import { CreateApiKeyCredentialProviderRequest } from '../model/control-plane.ts'
import { describeApiKeyProvider, newApiKeyProvider } from '../state/api-key-provider.ts'
import { requireRoomForProvider } from '../state/quotas.ts'

export const CreateApiKeyCredentialProvider = defineOperation({
  name: 'CreateApiKeyCredentialProvider',
  successStatus: 201,
  input: CreateApiKeyCredentialProviderRequest,
  permissions: ({ name, tags, apiKeySecretSource }, { arns }) => [
    apiKeyProviderPermission('CreateApiKeyCredentialProvider', name, arns, tagConditionKeys(tags)),
    ...writeSecretPermission('CreateSecret', `default/apikey/${name}`, apiKeySecretSource, arns),
  ],
  run(input, state) {
    if (state.apiKeyProviders.has(input.name)) {
      throw new AwsError('ConflictException', `Credential provider with name: ${input.name} already exists`)
    }
    requireRoomForProvider(state.apiKeyProviders, state.quotas.apiKeyCredentialProviders)
    const provider = newApiKeyProvider(input, { ...state, now: state.clock.now() })
    state.apiKeyProviders.set(provider.name, provider)
    if (input.tags) state.tags.set(provider.arn, input.tags)
    const { createdTime: _, lastUpdatedTime: __, ...created } = describeApiKeyProvider(provider)
    return created
  },
})
