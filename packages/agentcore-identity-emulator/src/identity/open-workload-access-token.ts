import type { EmulatorState } from '../emulator-state.ts'
import { invalidWorkloadAccessToken } from './workload-access-tokens.ts'

/** The token and the identity it was minted for. A deleted identity's tokens die with it, even if the name returns. */
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
