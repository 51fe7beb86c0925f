import type { EmulatorState } from '../emulator-state.ts'
import { invalidWorkloadAccessToken } from './workload-access-tokens.ts'

/** Tokens of a deleted identity are invalid, even if its name is reused. */
export function openWorkloadAccessToken(
  sealed: string,
  state: Pick<EmulatorState, 'workloadAccessTokens' | 'workloadIdentities'>,
) {
  const token = state.workloadAccessTokens.open(sealed)
  const identity = state.workloadIdentities.get(token.workloadName)
  if (identity === undefined || identity.instanceId !== token.workloadInstanceId) {
    throw invalidWorkloadAccessToken()
  }
  return { token, identity }
}
