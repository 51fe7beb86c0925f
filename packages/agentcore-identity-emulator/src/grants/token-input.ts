import type { WorkloadAccessToken } from '../identity/workload-access-tokens.ts'
import type { GetResourceOauth2TokenRequest } from '../model/data-plane.ts'
import type { Infer } from '../model/shapes.ts'
import type { Oauth2Provider } from '../state/oauth2-provider.ts'
import type { TokenRequest } from '../state/token-request.ts'

export type TokenInput = Infer<typeof GetResourceOauth2TokenRequest>
export type Grantee = { token: WorkloadAccessToken; provider: Oauth2Provider }

export function tokenRequest(input: TokenInput, { token, provider }: Grantee): TokenRequest {
  return {
    workloadInstanceId: token.workloadInstanceId,
    providerInstanceId: provider.instanceId,
    flow: input.oauth2Flow,
    scopes: input.scopes,
    customParameters: input.customParameters ?? {},
    resources: input.resources ?? [],
    audiences: input.audiences ?? [],
  }
}

/** Scopes (RFC 6749 §3.3) and resources (RFC 8707 §2), in an authorization request. */
export function setScopesAndResources(
  parameters: URLSearchParams,
  { scopes, resources }: Pick<TokenRequest, 'scopes' | 'resources'>,
) {
  if (scopes.length > 0) parameters.set('scope', scopes.join(' '))
  for (const resource of resources) parameters.append('resource', resource)
}

/** What a token without a user's consent is for; audiences (RFC 8693 §2.1) belong to token requests only. */
export function setTarget(parameters: URLSearchParams, request: TokenRequest) {
  setScopesAndResources(parameters, request)
  if (request.audiences.length > 0) parameters.delete('audience')
  for (const audience of request.audiences) parameters.append('audience', audience)
}
