import { sha256 } from '../constant-time.ts'
import { type Principal, principalKey } from '../identity/principal.ts'
import type { Assumptions } from '../options.ts'

export type TokenRequest = {
  /** Instance ids, not names: a recreated identity or provider starts with an empty vault. */
  workloadInstanceId: string
  providerInstanceId: string
  flow: 'USER_FEDERATION' | 'M2M' | 'ON_BEHALF_OF_TOKEN_EXCHANGE'
  scopes: readonly string[]
  customParameters: Readonly<Record<string, string>>
  resources: readonly string[]
  audiences: readonly string[]
}

/**
 * Of the parts of the key, AWS documents workload and user (devguide, identity-terminology); users of the live service found scopes and custom
 * parameters (Boise-State/agentcore-public-stack). Flow, resources and audiences are our addition: for example, a token for one resource must not
 * be returned for another.
 */
export function vaultKey(
  request: TokenRequest,
  principal: Principal,
  { vaultKey: parameters }: Pick<Assumptions, 'vaultKey'>,
) {
  const parts = [
    request.workloadInstanceId,
    request.providerInstanceId,
    request.flow,
    // A client-credentials token belongs to the workload.
    request.flow === 'M2M' ? '' : principalKey(principal),
    unordered(request.scopes),
    (parameters === 'with-custom-parameters' ? Object.entries(request.customParameters) : []).sort(([a], [b]) =>
      a < b ? -1 : 1,
    ),
    unordered(request.resources),
    unordered(request.audiences),
  ]
  return sha256(JSON.stringify(parts)).toString('base64url')
}

const unordered = (values: readonly string[]) => [...new Set(values)].sort()
