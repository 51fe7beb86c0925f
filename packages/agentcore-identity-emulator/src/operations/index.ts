import type { AnyOperation } from '../aws-protocol/operation.ts'
import type { Route } from '../aws-protocol/routes.ts'
import { CompleteResourceTokenAuth } from './complete-resource-token-auth.ts'
import { CreateApiKeyCredentialProvider } from './create-api-key-credential-provider.ts'
import { CreateOauth2CredentialProvider } from './create-oauth2-credential-provider.ts'
import { CreateWorkloadIdentity } from './create-workload-identity.ts'
import { DeleteApiKeyCredentialProvider } from './delete-api-key-credential-provider.ts'
import { DeleteOauth2CredentialProvider } from './delete-oauth2-credential-provider.ts'
import { DeleteWorkloadIdentity } from './delete-workload-identity.ts'
import { GetApiKeyCredentialProvider } from './get-api-key-credential-provider.ts'
import { GetOauth2CredentialProvider } from './get-oauth2-credential-provider.ts'
import { GetResourceApiKey } from './get-resource-api-key.ts'
import { GetResourceOauth2Token } from './get-resource-oauth2-token.ts'
import { GetTokenVault } from './get-token-vault.ts'
import { GetWorkloadAccessToken } from './get-workload-access-token.ts'
import { GetWorkloadAccessTokenForJWT } from './get-workload-access-token-for-jwt.ts'
import { GetWorkloadAccessTokenForUserId } from './get-workload-access-token-for-user-id.ts'
import { GetWorkloadIdentity } from './get-workload-identity.ts'
import { ListApiKeyCredentialProviders } from './list-api-key-credential-providers.ts'
import { ListOauth2CredentialProviders } from './list-oauth2-credential-providers.ts'
import { ListTagsForResource } from './list-tags-for-resource.ts'
import { ListWorkloadIdentities } from './list-workload-identities.ts'
import { ResetTokenVaultKeyMaterial } from './reset-token-vault-key-material.ts'
import { SetTokenVaultCMK } from './set-token-vault-cmk.ts'
import { TagResource } from './tag-resource.ts'
import { UntagResource } from './untag-resource.ts'
import { UpdateApiKeyCredentialProvider } from './update-api-key-credential-provider.ts'
import { UpdateOauth2CredentialProvider } from './update-oauth2-credential-provider.ts'
import { UpdateWorkloadIdentity } from './update-workload-identity.ts'

const dataPlane: readonly AnyOperation[] = [
  GetWorkloadAccessToken,
  GetWorkloadAccessTokenForJWT,
  GetWorkloadAccessTokenForUserId,
  GetResourceOauth2Token,
  CompleteResourceTokenAuth,
  GetResourceApiKey,
]

const controlPlane: readonly AnyOperation[] = [
  CreateWorkloadIdentity,
  GetWorkloadIdentity,
  ListWorkloadIdentities,
  UpdateWorkloadIdentity,
  DeleteWorkloadIdentity,
  CreateOauth2CredentialProvider,
  GetOauth2CredentialProvider,
  ListOauth2CredentialProviders,
  UpdateOauth2CredentialProvider,
  DeleteOauth2CredentialProvider,
  CreateApiKeyCredentialProvider,
  GetApiKeyCredentialProvider,
  ListApiKeyCredentialProviders,
  UpdateApiKeyCredentialProvider,
  DeleteApiKeyCredentialProvider,
  GetTokenVault,
  SetTokenVaultCMK,
  ResetTokenVaultKeyMaterial,
  TagResource,
  UntagResource,
  ListTagsForResource,
]

export const emulated: readonly Route[] = [
  ...dataPlane.map((operation): Route => ({ ...operation, operation, plane: 'data' })),
  ...controlPlane.map((operation): Route => ({ ...operation, operation, plane: 'control' })),
]
