import type { EmulatorState } from '../emulator-state.ts'
import type { IssuedToken } from '../oauth/token-endpoint.ts'
import type { VaultedToken } from '../state/token-vault.ts'

/** A token without `expiresAt`, for which the vendor gave no usable expiry, never expires. */
export function unexpiredAccessToken(key: string, { vault, clock }: Pick<EmulatorState, 'vault' | 'clock'>) {
  const token = vault.get(key)
  return token !== undefined && isUnexpired(token, clock.now()) ? token.accessToken : undefined
}

export const isUnexpired = ({ expiresAt }: VaultedToken, now: number) => expiresAt === undefined || now < expiresAt

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
