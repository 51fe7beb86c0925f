import type { EmulatorState } from '../emulator-state.ts'
import { fetchToken } from '../oauth/fetch-token.ts'
import { VendorError } from '../oauth/vendor-error.ts'
import type { Oauth2Provider } from '../state/oauth2-provider-record.ts'
import type { VaultedToken } from '../state/token-vault.ts'
import { isUnexpired, keepToken } from './vaulted-token.ts'

type Refreshable = VaultedToken & { refreshToken: string }

/** @returns undefined when the user has to be asked. A token revoked at the vendor is returned until it expires, as AWS documents. */
export async function currentAccessToken(key: string, provider: Oauth2Provider, state: EmulatorState) {
  const token = state.vault.get(key)
  if (token === undefined) return undefined
  if (isUnexpired(token, state.clock.now())) return token.accessToken
  if (token.refreshToken === undefined) {
    state.vault.delete(key)
    return undefined
  }
  // Vendors with rotation may treat a second use of a refresh token as theft.
  return state.refreshes.get(key) ?? startRefresh(key, token as Refreshable, provider, state)
}

function startRefresh(key: string, token: Refreshable, provider: Oauth2Provider, state: EmulatorState) {
  const refresh = refreshToken(key, token, provider, state).finally(() => {
    // After a reset, a newer refresh may be there.
    if (state.refreshes.get(key) === refresh) state.refreshes.delete(key)
  })
  state.refreshes.set(key, refresh)
  return refresh
}

async function refreshToken(key: string, token: Refreshable, provider: Oauth2Provider, state: EmulatorState) {
  const parameters = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token.refreshToken })
  try {
    const issued = await fetchToken(provider, parameters, state)
    const now = state.vault.get(key)
    // Another consent may have replaced the token meanwhile.
    if (now !== token) return now && isUnexpired(now, state.clock.now()) ? now.accessToken : undefined
    keepToken(key, token, { ...issued, refreshToken: issued.refreshToken ?? token.refreshToken }, state)
    return issued.accessToken
  } catch (error) {
    if (!(error instanceof VendorError)) throw error
    // When the vendor is unavailable, the refresh token may work later.
    if (error.definitive && state.vault.get(key) === token) state.vault.delete(key)
    return undefined
  }
}
