import type { EmulatorState } from '../emulator-state.ts'
import { fetchToken } from '../oauth/fetch-token.ts'
import { vaultKey } from '../state/token-request.ts'
import { type Grantee, setTarget, type TokenInput, tokenRequest } from './token-input.ts'
import { keepToken, unexpiredAccessToken } from './vaulted-token.ts'
import { vendorRefusal } from './vendor-refusal.ts'

/** M2M: the client's own token (RFC 6749 §4.4), kept for the workload until it expires. */
export async function clientCredentials(input: TokenInput, grantee: Grantee, state: EmulatorState) {
  const request = tokenRequest(input, grantee)
  const key = vaultKey(request, grantee.token.principal)
  const vaulted = input.forceAuthentication ? undefined : unexpiredAccessToken(key, state)
  if (vaulted !== undefined) return { accessToken: vaulted }

  const parameters = new URLSearchParams(request.customParameters)
  for (const standard of ['client_id', 'client_secret', 'scope', 'resource']) parameters.delete(standard)
  parameters.set('grant_type', 'client_credentials')
  setTarget(parameters, request)
  try {
    const issued = await fetchToken(grantee.provider, parameters, state)
    // RFC 6749 §4.4.3: a refresh token should not come with this grant, and is of no use.
    keepToken(key, request, { ...issued, refreshToken: undefined }, state)
    return { accessToken: issued.accessToken }
  } catch (error) {
    throw vendorRefusal(error)
  }
}
