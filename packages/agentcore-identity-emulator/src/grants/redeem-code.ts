import type { EmulatorState } from '../emulator-state.ts'
import { fetchToken } from '../oauth/fetch-token.ts'
import type { AuthorizationSession } from '../state/authorization-sessions.ts'
import type { Oauth2Provider } from '../state/oauth2-provider-record.ts'
import { isVaulted } from './known-parameters.ts'
import { keepToken, mayKeep } from './vaulted-token.ts'
import { vendorRefusal } from './vendor-refusal.ts'

/**
 * RFC 6749 §4.1.3, with PKCE (RFC 7636 §4.5). When the state cannot be saved, the code is not sent, and the session is `returned` again.
 *
 * @returns false when a reset, an import, or the deletion of the provider or the identity has ended the session meanwhile: the token is not kept
 */
export async function redeemCode(
  session: AuthorizationSession,
  provider: Oauth2Provider,
  state: EmulatorState,
): Promise<boolean> {
  const { returned, request, principal, vaultKey } = session
  if (returned === undefined) throw new Error('A returned session has its trip and its code')
  const { code, trip } = returned
  const parameters = new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: trip.redirectUri })
  const omitsVerifier = provider.vendor === 'CustomOauth2' && state.assumptions.customProviderOmitsCodeVerifier
  if (!omitsVerifier) parameters.set('code_verifier', trip.codeVerifier)
  for (const resource of request.resources) parameters.append('resource', resource)
  const stillWanted = mayKeep(session, state)
  // A code is valid once (RFC 6749 §4.1.2): after a crash, the state file must not offer one that the vendor may have had.
  await state.save().catch((error) => {
    session.status = 'returned'
    throw error
  })
  session.returned = undefined
  try {
    const issued = await fetchToken(provider, parameters, state)
    if (!stillWanted()) return false
    if (isVaulted(request, state)) keepToken(vaultKey, { ...request, principal }, issued, state)
    return true
  } catch (error) {
    throw vendorRefusal(error)
  }
}
