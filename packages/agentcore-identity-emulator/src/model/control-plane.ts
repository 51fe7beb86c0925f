import { credentialProviderName, returnUrl, secretReference, tags, workloadIdentityName } from './common.ts'
import {
  credentialProviderVendor,
  kmsConfiguration,
  oauth2ProviderConfigInput,
  secretSource,
} from './provider-configuration.ts'
import { integer, list, string, structure } from './shapes.ts'

/** API version 2023-06-05, member by member as in botocore's service model. */

const page = (maxResults: number) => structure({ nextToken: string(), maxResults: integer(1, maxResults) })
const workloadIdentity = structure({ name: workloadIdentityName }, ['name'])
const credentialProvider = structure({ name: credentialProviderName }, ['name'])

export const CreateWorkloadIdentityRequest = structure(
  { name: workloadIdentityName, allowedResourceOauth2ReturnUrls: list(returnUrl), tags },
  ['name'],
)
export const GetWorkloadIdentityRequest = workloadIdentity
export const ListWorkloadIdentitiesRequest = page(20)
export const UpdateWorkloadIdentityRequest = structure(
  { name: workloadIdentityName, allowedResourceOauth2ReturnUrls: list(returnUrl) },
  ['name'],
)
export const DeleteWorkloadIdentityRequest = workloadIdentity

export const CreateOauth2CredentialProviderRequest = structure(
  { name: credentialProviderName, credentialProviderVendor, oauth2ProviderConfigInput, tags },
  ['name', 'credentialProviderVendor', 'oauth2ProviderConfigInput'],
)
export const GetOauth2CredentialProviderRequest = credentialProvider
export const ListOauth2CredentialProvidersRequest = page(20)
export const UpdateOauth2CredentialProviderRequest = structure(
  { name: credentialProviderName, credentialProviderVendor, oauth2ProviderConfigInput },
  ['name', 'credentialProviderVendor', 'oauth2ProviderConfigInput'],
)
export const DeleteOauth2CredentialProviderRequest = credentialProvider

const apiKeySecret = {
  apiKey: string({ min: 0, max: 65536 }),
  apiKeySecretConfig: structure(secretReference, ['secretId', 'jsonKey']),
  apiKeySecretSource: secretSource,
}
export const CreateApiKeyCredentialProviderRequest = structure(
  { name: credentialProviderName, ...apiKeySecret, tags },
  ['name'],
)
export const GetApiKeyCredentialProviderRequest = credentialProvider
export const ListApiKeyCredentialProvidersRequest = page(100)
export const UpdateApiKeyCredentialProviderRequest = structure({ name: credentialProviderName, ...apiKeySecret }, [
  'name',
])
export const DeleteApiKeyCredentialProviderRequest = credentialProvider

const tokenVaultId = string({ min: 1, max: 64, pattern: '[a-zA-Z0-9\\-_]+' })
export const GetTokenVaultRequest = structure({ tokenVaultId })
export const ResetTokenVaultKeyMaterialRequest = structure({ tokenVaultId }, ['tokenVaultId'])
export const SetTokenVaultCMKRequest = structure({ tokenVaultId, kmsConfiguration }, ['kmsConfiguration'])

// The model's last group is [a-z-]+, which refuses `oauth2credentialprovider`; but CloudFormation tags those.
const resourceArn = string({
  min: 20,
  max: 1011,
  pattern: 'arn:(?:[^:]+)?:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:([a-z-]+/[^/]+)(?:/[a-z0-9-]+/[^/]+)*',
})
export const TagResourceRequest = structure({ resourceArn, tags }, ['resourceArn', 'tags'])
export const UntagResourceRequest = structure(
  {
    resourceArn,
    tagKeys: list(string({ min: 1, max: 128, pattern: '[a-zA-Z0-9\\s._:/=+@-]*' }), { min: 0, max: 200 }),
  },
  ['resourceArn', 'tagKeys'],
)
export const ListTagsForResourceRequest = structure({ resourceArn }, ['resourceArn'])
