import { credentialProviderName, returnUrl, scopes, sessionUri, userToken, workloadIdentityName } from './common.ts'
import { boolean, list, map, oneOf, string, structure, union } from './shapes.ts'

/** API version 2024-02-28, member by member as in botocore's service model. */

const workloadIdentityToken = string({ min: 1, max: 131072 })
const userId = string({ min: 1, max: 128 })

export const GetWorkloadAccessTokenRequest = structure({ workloadName: workloadIdentityName }, ['workloadName'])

export const GetWorkloadAccessTokenForJWTRequest = structure({ workloadName: workloadIdentityName, userToken }, [
  'workloadName',
  'userToken',
])

export const GetWorkloadAccessTokenForUserIdRequest = structure({ workloadName: workloadIdentityName, userId }, [
  'workloadName',
  'userId',
])

export const GetResourceOauth2TokenRequest = structure(
  {
    workloadIdentityToken,
    resourceCredentialProviderName: credentialProviderName,
    scopes,
    oauth2Flow: oneOf('USER_FEDERATION', 'M2M', 'ON_BEHALF_OF_TOKEN_EXCHANGE'),
    sessionUri,
    resourceOauth2ReturnUrl: returnUrl,
    forceAuthentication: boolean,
    customParameters: map(string({ min: 1, max: 256, pattern: '[a-zA-Z0-9\\-_\\.]+' }), string({ min: 1, max: 2048 })),
    customState: string({ min: 1, max: 4096 }),
    resources: list(string({ min: 1, max: 2048 })),
    audiences: list(string({ min: 1, max: 2048 })),
  },
  ['workloadIdentityToken', 'resourceCredentialProviderName', 'scopes', 'oauth2Flow'],
)

export const CompleteResourceTokenAuthRequest = structure(
  { userIdentifier: union({ userToken, userId }), sessionUri },
  ['userIdentifier', 'sessionUri'],
)

export const GetResourceApiKeyRequest = structure(
  { workloadIdentityToken, resourceCredentialProviderName: credentialProviderName },
  ['workloadIdentityToken', 'resourceCredentialProviderName'],
)
