import * as data from '@aws-sdk/client-bedrock-agentcore'
import * as control from '@aws-sdk/client-bedrock-agentcore-control'
import type { Kind } from './constraint-kinds.ts'
import type { Member } from './member.ts'
import { providerConfiguration } from './modelled-provider-configuration.ts'
import * as shape from './modelled-shapes.ts'
import { ResetTokenVaultKeyMaterialCommand } from './reset-token-vault.ts'

export type ModelledOperation = {
  name: string
  plane: 'data' | 'control'
  command: new (input: never) => object
  /** An input that conforms to every constraint. It may be refused for other reasons. */
  valid: () => object
  members: readonly Member[]
  /** On real AWS, an accepted call may change something. */
  writes: boolean
}

const required = (path: string, kind: Kind): Member => ({ path, kind, required: true })
const optional = (path: string, kind: Kind): Member => ({ path, kind })
const page = (max: number) => [
  optional('maxResults', { kind: 'integer', min: 1, max }),
  optional('nextToken', shape.AnyString),
]
const uniqueName = () => `constraint-${Math.random().toString(36).slice(2)}`
const structure = (...members: string[]): Kind => ({ kind: 'structure', required: members })

const dataPlane: ModelledOperation[] = [
  {
    name: 'GetWorkloadAccessToken',
    command: data.GetWorkloadAccessTokenCommand,
    valid: () => ({ workloadName: 'agent' }),
    members: [required('workloadName', shape.WorkloadIdentityNameType)],
  },
  {
    name: 'GetWorkloadAccessTokenForJWT',
    command: data.GetWorkloadAccessTokenForJWTCommand,
    valid: () => ({ workloadName: 'agent', userToken: 'a.b.c' }),
    members: [required('workloadName', shape.WorkloadIdentityNameType), required('userToken', shape.UserTokenType)],
  },
  {
    name: 'GetWorkloadAccessTokenForUserId',
    command: data.GetWorkloadAccessTokenForUserIdCommand,
    valid: () => ({ workloadName: 'agent', userId: 'u' }),
    members: [required('workloadName', shape.WorkloadIdentityNameType), required('userId', shape.UserIdType)],
  },
  {
    name: 'GetResourceOauth2Token',
    command: data.GetResourceOauth2TokenCommand,
    valid: () => ({
      workloadIdentityToken: 'token',
      resourceCredentialProviderName: 'provider',
      scopes: [],
      oauth2Flow: 'USER_FEDERATION',
    }),
    members: [
      required('workloadIdentityToken', shape.WorkloadIdentityTokenType),
      required('resourceCredentialProviderName', shape.CredentialProviderName),
      required('scopes', shape.listOf(shape.ScopeType, 'read')),
      required('oauth2Flow', { kind: 'enum', values: ['USER_FEDERATION', 'M2M', 'ON_BEHALF_OF_TOKEN_EXCHANGE'] }),
      optional('sessionUri', shape.RequestUri),
      optional('resourceOauth2ReturnUrl', shape.ResourceOauth2ReturnUrlType),
      optional('forceAuthentication', { kind: 'boolean' }),
      optional('customParameters', {
        kind: 'map',
        keyKind: shape.CustomRequestKeyType,
        valueKind: shape.CustomRequestValueType,
      }),
      optional('customState', shape.State),
      optional('resources', shape.listOf(shape.ResourceType, 'https://api.example')),
      optional('audiences', shape.listOf(shape.ResourceType, 'api')),
    ],
  },
  {
    name: 'CompleteResourceTokenAuth',
    command: data.CompleteResourceTokenAuthCommand,
    valid: () => ({ sessionUri: 'urn:ietf:params:oauth:request_uri:a', userIdentifier: { userId: 'u' } }),
    members: [
      required('sessionUri', shape.RequestUri),
      required('userIdentifier', { kind: 'union', members: { userToken: 'a.b.c', userId: 'u' } }),
      optional('userIdentifier.userId', shape.UserIdType),
      optional('userIdentifier~.userToken', shape.UserTokenType),
    ],
  },
  {
    name: 'GetResourceApiKey',
    command: data.GetResourceApiKeyCommand,
    valid: () => ({ workloadIdentityToken: 'token', resourceCredentialProviderName: 'provider' }),
    members: [
      required('workloadIdentityToken', shape.WorkloadIdentityTokenType),
      required('resourceCredentialProviderName', shape.CredentialProviderName),
    ],
  },
].map((operation) => ({ ...operation, plane: 'data', writes: false }))

const returnUrls = optional(
  'allowedResourceOauth2ReturnUrls',
  shape.listOf(shape.ResourceOauth2ReturnUrlType, 'https://a.example'),
)
const apiKeySecret: Member[] = [
  optional('apiKey', shape.DefaultApiKeyType),
  optional('apiKeySecretSource', { kind: 'enum', values: ['MANAGED', 'EXTERNAL'] }),
  optional('apiKeySecretConfig', structure('secretId', 'jsonKey')),
  required('apiKeySecretConfig.secretId', shape.SecretIdType),
  required('apiKeySecretConfig.jsonKey', shape.SecretJsonKeyType),
]
const tags = optional('tags', shape.TagsMap)
const resourceArn = required('resourceArn', shape.TaggableResourcesArn)
const IDENTITY =
  'arn:aws:bedrock-agentcore:us-east-1:123456789012:workload-identity-directory/default/workload-identity/a'

type Control = Omit<ModelledOperation, 'plane'>
const reads = (name: string, command: Control['command'], valid: object, members: Member[]): Control => ({
  name,
  command,
  valid: () => valid,
  members,
  writes: false,
})
const writes = (name: string, command: Control['command'], valid: () => object, members: Member[]): Control => ({
  name,
  command,
  valid,
  members,
  writes: true,
})
const identityName = required('name', shape.WorkloadIdentityNameType)
const providerName = required('name', shape.CredentialProviderName)
const providerInput = () => ({
  name: uniqueName(),
  credentialProviderVendor: 'GithubOauth2',
  oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'c', clientSecret: 's' } },
})

const controlPlane: Control[] = [
  writes('CreateWorkloadIdentity', control.CreateWorkloadIdentityCommand, () => ({ name: uniqueName() }), [
    identityName,
    returnUrls,
    tags,
  ]),
  reads('GetWorkloadIdentity', control.GetWorkloadIdentityCommand, { name: 'agent' }, [identityName]),
  reads('ListWorkloadIdentities', control.ListWorkloadIdentitiesCommand, {}, page(20)),
  writes('UpdateWorkloadIdentity', control.UpdateWorkloadIdentityCommand, () => ({ name: 'agent' }), [
    identityName,
    returnUrls,
  ]),
  writes('DeleteWorkloadIdentity', control.DeleteWorkloadIdentityCommand, () => ({ name: 'absent' }), [identityName]),
  writes('CreateOauth2CredentialProvider', control.CreateOauth2CredentialProviderCommand, providerInput, [
    providerName,
    ...providerConfiguration,
    tags,
  ]),
  reads('GetOauth2CredentialProvider', control.GetOauth2CredentialProviderCommand, { name: 'p' }, [providerName]),
  reads('ListOauth2CredentialProviders', control.ListOauth2CredentialProvidersCommand, {}, page(20)),
  writes('UpdateOauth2CredentialProvider', control.UpdateOauth2CredentialProviderCommand, providerInput, [
    providerName,
    ...providerConfiguration,
  ]),
  writes('DeleteOauth2CredentialProvider', control.DeleteOauth2CredentialProviderCommand, () => ({ name: 'no' }), [
    providerName,
  ]),
  writes(
    'CreateApiKeyCredentialProvider',
    control.CreateApiKeyCredentialProviderCommand,
    () => ({ name: uniqueName(), apiKey: 'k' }),
    [providerName, ...apiKeySecret, tags],
  ),
  reads('GetApiKeyCredentialProvider', control.GetApiKeyCredentialProviderCommand, { name: 'p' }, [providerName]),
  reads('ListApiKeyCredentialProviders', control.ListApiKeyCredentialProvidersCommand, {}, page(100)),
  writes('UpdateApiKeyCredentialProvider', control.UpdateApiKeyCredentialProviderCommand, () => ({ name: 'no' }), [
    providerName,
    ...apiKeySecret,
  ]),
  writes('DeleteApiKeyCredentialProvider', control.DeleteApiKeyCredentialProviderCommand, () => ({ name: 'no' }), [
    providerName,
  ]),
  reads('GetTokenVault', control.GetTokenVaultCommand, {}, [optional('tokenVaultId', shape.TokenVaultIdType)]),
  writes(
    'SetTokenVaultCMK',
    control.SetTokenVaultCMKCommand,
    () => ({ kmsConfiguration: { keyType: 'ServiceManagedKey' } }),
    [
      optional('tokenVaultId', shape.TokenVaultIdType),
      required('kmsConfiguration', structure('keyType')),
      required('kmsConfiguration.keyType', { kind: 'enum', values: ['CustomerManagedKey', 'ServiceManagedKey'] }),
      optional('kmsConfiguration.kmsKeyArn', shape.KmsKeyArn),
    ],
  ),
  writes('ResetTokenVaultKeyMaterial', ResetTokenVaultKeyMaterialCommand, () => ({ tokenVaultId: 'default' }), [
    required('tokenVaultId', shape.TokenVaultIdType),
  ]),
  writes('TagResource', control.TagResourceCommand, () => ({ resourceArn: IDENTITY, tags: {} }), [
    resourceArn,
    required('tags', shape.TagsMap),
  ]),
  writes('UntagResource', control.UntagResourceCommand, () => ({ resourceArn: IDENTITY, tagKeys: ['a'] }), [
    resourceArn,
    required('tagKeys', shape.listOf(shape.TagKey, 'a', { min: 0, max: 200 })),
  ]),
  reads('ListTagsForResource', control.ListTagsForResourceCommand, { resourceArn: IDENTITY }, [resourceArn]),
]

export const modelledOperations: readonly ModelledOperation[] = [
  ...(dataPlane as ModelledOperation[]),
  ...controlPlane.map((operation): ModelledOperation => ({ ...operation, plane: 'control' })),
]
