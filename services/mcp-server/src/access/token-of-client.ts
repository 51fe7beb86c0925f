import type { JWTPayload } from 'jose'

/**
 * Whether a client got the token for itself (RFC 6749 §4.4). Such a token must not pass for one of a user whose subject equals the client
 * id (RFC 9068 §5, RFC 9700 §4.15). No claim says at every issuer for whom a token is.
 */
export function isTokenOfClient(payload: JWTPayload, clientIds: readonly string[]): boolean {
  const { client_id: clientId, azp, cid, sub } = payload
  const ids = [clientId, azp, cid, ...clientIds].filter((id) => typeof id === 'string')
  // The client id: RFC 9068 §2.2, Cognito, Okta. With `@clients`: Auth0, whose RFC 9068 profile has no `gty`.
  if (ids.some((id) => sub === id || sub === `${id}@clients`)) return true
  return (
    [payload.gty].flat().includes('client-credentials') ||
    // Okta: `uid` is there for a user only.
    (clientId === undefined && azp === undefined && cid !== undefined && payload.uid === undefined) ||
    // Entra ID, where the API's registration asks for this claim. A client's token without the claim is refused for its scope: it has no `scp`.
    (payload.idtyp !== undefined && payload.idtyp !== 'user') ||
    // Keycloak gives the client a user of its own, whose id is `sub`. Such a token has that user's name, or the client's address.
    ids.some((id) => payload.preferred_username === `service-account-${id}`.toLowerCase()) ||
    payload.clientHost !== undefined ||
    payload.clientAddress !== undefined
  )
}
