import { ValidationException } from '../aws-protocol/errors.ts'
import type { EmulatorState } from '../emulator-state.ts'
import { fetchToken } from '../oauth/fetch-token.ts'
import type { CustomConfig, Oauth2Provider } from '../state/oauth2-provider-record.ts'
import { vaultKey } from '../state/token-request.ts'
import { type Grantee, namesOf, setTarget, type TokenInput, tokenRequest } from './token-input.ts'
import { keepToken, mayKeep, unexpiredAccessToken } from './vaulted-token.ts'
import { vendorRefusal } from './vendor-refusal.ts'

type ExchangeConfig = NonNullable<CustomConfig['onBehalfOfTokenExchangeConfig']>

/** RFC 8693 or RFC 7523 §2.1 (devguide, on-behalf-of-token-exchange). That the token is kept is an assumption (README.md). */
export async function exchangeOnBehalfOf(input: TokenInput, grantee: Grantee, state: EmulatorState) {
  const { token, provider } = grantee
  if (token.principal.kind !== 'jwt' || token.userToken === undefined) {
    throw new ValidationException('ON_BEHALF_OF_TOKEN_EXCHANGE requires a workload access token minted from a JWT')
  }
  const request = tokenRequest(input, grantee)
  const key = vaultKey(request, token.principal, state.assumptions)
  const vaulted = input.forceAuthentication ? undefined : unexpiredAccessToken(key, state)
  if (vaulted !== undefined) return { accessToken: vaulted }

  const config = exchangeConfig(provider)
  const withoutClient = config.onBehalfOfAuthenticationConfig?.clientAuthenticationMethod === 'NO_CLIENT'
  const stillWanted = mayKeep({ request, ...namesOf(grantee) }, state)
  try {
    const parameters = await exchangeParameters(token.userToken, config, provider, state)
    setTarget(parameters, request)
    const issued = await fetchToken(provider, parameters, state, { withoutClient })
    if (stillWanted())
      keepToken(key, { ...request, principal: token.principal }, { ...issued, refreshToken: undefined }, state)
    return { accessToken: issued.accessToken }
  } catch (error) {
    throw vendorRefusal(error)
  }
}

function exchangeConfig({ vendor, custom }: Oauth2Provider): ExchangeConfig {
  if (custom?.onBehalfOfTokenExchangeConfig) return custom.onBehalfOfTokenExchangeConfig
  if (vendor === 'MicrosoftOauth2') return { grantType: 'JWT_AUTHORIZATION_GRANT' }
  throw new ValidationException('The credential provider is not configured for on-behalf-of token exchange')
}

async function exchangeParameters(
  userToken: string,
  { grantType, tokenExchangeGrantTypeConfig }: ExchangeConfig,
  provider: Oauth2Provider,
  state: EmulatorState,
) {
  if (grantType === 'JWT_AUTHORIZATION_GRANT') {
    const parameters = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: userToken,
    })
    if (provider.vendor === 'MicrosoftOauth2') parameters.set('requested_token_use', 'on_behalf_of')
    return parameters
  }
  const parameters = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: userToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  })
  if (tokenExchangeGrantTypeConfig?.actorTokenContent === 'M2M') {
    const actorToken = await fetchActorToken(provider, tokenExchangeGrantTypeConfig.actorTokenScopes, state)
    parameters.set('actor_token', actorToken)
    parameters.set('actor_token_type', 'urn:ietf:params:oauth:token-type:access_token')
  }
  return parameters
}

async function fetchActorToken(provider: Oauth2Provider, scopes: readonly string[] = [], state: EmulatorState) {
  const parameters = new URLSearchParams({ grant_type: 'client_credentials' })
  if (scopes.length > 0) parameters.set('scope', scopes.join(' '))
  return (await fetchToken(provider, parameters, state)).accessToken
}
