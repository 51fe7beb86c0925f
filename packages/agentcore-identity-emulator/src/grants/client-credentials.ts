import type { EmulatorState } from '../emulator-state.ts'
import { fetchToken } from '../oauth/fetch-token.ts'
import { vaultKey } from '../state/token-request.ts'
import { type Grantee, namesOf, setTarget, type TokenInput, tokenRequest } from './token-input.ts'
import { keepToken, mayKeep, unexpiredAccessToken } from './vaulted-token.ts'
import { vendorRefusal } from './vendor-refusal.ts'

/** RFC 6749 §4.4. By default the token is not kept: through AgentCore Gateway, two calls within seconds got two tokens (2026-09-28). */
export async function clientCredentials(input: TokenInput, grantee: Grantee, state: EmulatorState) {
  const request = tokenRequest(input, grantee)
  const key = vaultKey(request, grantee.token.principal, state.assumptions)
  const kept = state.assumptions.m2mTokens === 'kept'
  const vaulted = input.forceAuthentication || !kept ? undefined : unexpiredAccessToken(key, state)
  if (vaulted !== undefined) return { accessToken: vaulted }

  const parameters = new URLSearchParams(request.customParameters)
  for (const standard of ['client_id', 'client_secret', 'scope', 'resource']) parameters.delete(standard)
  parameters.set('grant_type', 'client_credentials')
  setTarget(parameters, request)
  const stillWanted = mayKeep({ request, ...namesOf(grantee) }, state)
  try {
    const issued = await fetchToken(grantee.provider, parameters, state)
    // RFC 6749 §4.4.3: this grant should have no refresh token.
    if (kept && stillWanted())
      keepToken(key, { ...request, principal: { kind: 'none' } }, { ...issued, refreshToken: undefined }, state)
    return { accessToken: issued.accessToken }
  } catch (error) {
    throw vendorRefusal(error)
  }
}
