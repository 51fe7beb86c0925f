import type { EmulatorState } from '../emulator-state.ts'
import type { Oauth2Provider } from '../state/oauth2-provider-record.ts'
import { type IssuedToken, requestToken } from './token-endpoint.ts'

/** @throws VendorError, or AwsError when the external secret, or its JSON key, does not exist */
export async function fetchToken(
  provider: Oauth2Provider,
  parameters: URLSearchParams,
  state: EmulatorState,
  options: { withoutClient?: boolean } = {},
): Promise<IssuedToken> {
  const clientSecret = state.secrets.read(provider.clientSecret)
  const server = await state.authorizationServers.resolve(provider)
  const client = options.withoutClient ? undefined : { clientId: provider.clientId, clientSecret }
  return requestToken(server, client, parameters, {
    outbound: state.outbound,
    missingTokenType: state.assumptions.missingTokenType,
  })
}
