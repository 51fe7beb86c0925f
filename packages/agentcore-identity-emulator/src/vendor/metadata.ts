import type { EmulatorState } from '../emulator-state.ts'
import type { AuthorizationServer } from '../oauth/vendors.ts'

type Addresses = Pick<EmulatorState, 'publicUrl' | 'ownUrl'>

/** The emulator itself calls the token endpoint, at its own address. */
export const builtInServer = ({ publicUrl, ownUrl }: Addresses): AuthorizationServer => ({
  issuer: `${publicUrl}/vendor`,
  authorizationEndpoint: `${publicUrl}/vendor/authorize`,
  tokenEndpoint: `${ownUrl}/vendor/token`,
  tokenEndpointAuthMethod: 'client_secret_basic',
})

/** RFC 8414. */
export function metadata(addresses: Addresses) {
  const { issuer, authorizationEndpoint } = builtInServer(addresses)
  return {
    issuer,
    authorization_endpoint: authorizationEndpoint,
    token_endpoint: `${issuer}/token`,
    revocation_endpoint: `${issuer}/revocation`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  }
}
