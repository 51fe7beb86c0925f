import type { EmulatorState } from '../emulator-state.ts'
import type { IssuedToken } from '../oauth/token-endpoint.ts'
import type { TokenRequest } from '../state/token-request.ts'
import type { VaultedToken } from '../state/token-vault.ts'

export function unexpiredAccessToken(key: string, { vault, clock }: Pick<EmulatorState, 'vault' | 'clock'>) {
  const token = vault.get(key)
  return token !== undefined && isUnexpired(token, clock.now()) ? token.accessToken : undefined
}

export const isUnexpired = ({ expiresAt }: VaultedToken, now: number) => expiresAt === undefined || now < expiresAt

type Asked = { providerName: string; workloadName: string; request: TokenRequest }

/** @returns undefined when the provider or the identity was deleted after the request, even if its name is used again */
export function providerOf({ providerName, workloadName, request }: Asked, state: EmulatorState) {
  const provider = state.oauth2Providers.get(providerName)
  const identity = state.workloadIdentities.get(workloadName)
  const stillThere =
    provider?.instanceId === request.providerInstanceId && identity?.instanceId === request.workloadInstanceId
  return stillThere ? provider : undefined
}

/** Call `mayKeep` before the vendor is asked, and the function that it returns after the answer. False: the token must not be kept. */
export function mayKeep(asked: Asked, state: EmulatorState): () => boolean {
  const { clearings } = state.vault
  return () => state.vault.clearings === clearings && providerOf(asked, state) !== undefined
}

type Origin = Pick<VaultedToken, 'workloadInstanceId' | 'providerInstanceId' | 'principal' | 'scopes'>

export function keepToken(
  key: string,
  { workloadInstanceId, providerInstanceId, principal, scopes }: Origin,
  { accessToken, refreshToken, expiresInSeconds }: IssuedToken,
  { vault, clock }: Pick<EmulatorState, 'vault' | 'clock'>,
) {
  vault.put(key, {
    workloadInstanceId,
    providerInstanceId,
    principal,
    scopes,
    accessToken,
    refreshToken,
    expiresAt: expiresInSeconds === undefined ? undefined : clock.now() + expiresInSeconds * 1000,
  })
}
