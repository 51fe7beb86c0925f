import type { EmulatorState } from '../emulator-state.ts'
import { fetchToken } from '../oauth/fetch-token.ts'
import { VendorError } from '../oauth/vendor-error.ts'
import type { Oauth2Provider } from '../state/oauth2-provider-record.ts'
import type { VaultedToken } from '../state/token-vault.ts'
import { isUnexpired, keepToken } from './vaulted-token.ts'

type Refreshable = VaultedToken & { refreshToken: string }

/**
 * The vaulted token while it lasts, refreshed without a word when it has expired. Undefined: ask the user. A token
 * revoked at the vendor looks alive from here, as AWS documents.
 */
export async function currentAccessToken(key: string, provider: Oauth2Provider, state: EmulatorState) {
  const token = state.vault.get(key)
  if (token === undefined) return undefined
  if (isUnexpired(token, state.clock.now())) return token.accessToken
  if (token.refreshToken === undefined) {
    state.vault.delete(key)
    return undefined
  }
  // Vendors that rotate refresh tokens take a second use for theft: callers at the same time share one refresh.
  return state.refreshes.get(key) ?? startRefresh(key, token as Refreshable, provider, state)
}

function startRefresh(key: string, token: Refreshable, provider: Oauth2Provider, state: EmulatorState) {
  const refresh = refreshToken(key, token, provider, state).finally(() => state.refreshes.delete(key))
  state.refreshes.set(key, refresh)
  return refresh
}

async function refreshToken(key: string, token: Refreshable, provider: Oauth2Provider, state: EmulatorState) {
  const parameters = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token.refreshToken })
  try {
    const issued = await fetchToken(provider, parameters, state)
    // Forced or deleted meanwhile: the refreshed token must not come back to life.
    if (state.vault.get(key) !== token) return undefined
    keepToken(key, token, { ...issued, refreshToken: issued.refreshToken ?? token.refreshToken }, state)
    return issued.accessToken
  } catch (error) {
    if (!(error instanceof VendorError)) throw error
    // The vendor's no is final; a vendor that is away may take the same refresh token later.
    if (error.definitive) state.vault.delete(key)
    return undefined
  }
}
