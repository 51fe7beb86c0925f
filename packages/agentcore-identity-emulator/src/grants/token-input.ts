import type { WorkloadAccessToken } from '../identity/workload-access-tokens.ts'
import type { GetResourceOauth2TokenRequest } from '../model/data-plane.ts'
import type { Infer } from '../model/shapes.ts'
import type { Oauth2Provider } from '../state/oauth2-provider-record.ts'
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

export const namesOf = ({ token, provider }: Grantee) => ({
  providerName: provider.name,
  workloadName: token.workloadName,
})

/** Scopes (RFC 6749 §3.3), resources (RFC 8707 §2) and audiences (RFC 8693 §2.1). */
export function setTarget(parameters: URLSearchParams, { scopes, resources, audiences }: TokenRequest) {
  if (scopes.length > 0) parameters.set('scope', scopes.join(' '))
  for (const resource of resources) parameters.append('resource', resource)
  if (audiences.length > 0) parameters.delete('audience')
  for (const audience of audiences) parameters.append('audience', audience)
}
