import type { JWTPayload } from 'jose'

/**
 * Whether a client got the token for itself (RFC 6749 §4.4): it must not pass for a user whose subject is its name (RFC 9068 §5, RFC 9700
 * §4.15). No claim says it at every issuer.
 */
export function isTokenOfClient(payload: JWTPayload, clientIds: readonly string[]): boolean {
  const { client_id: clientId, azp, cid, sub } = payload
  const ids = [clientId, azp, cid, ...clientIds].filter((id) => typeof id === 'string')
  // RFC 9068 §2.2, Cognito and Okta; Auth0, whose RFC 9068 profile has no `gty`.
  if (ids.some((id) => sub === id || sub === `${id}@clients`)) return true
  return (
    [payload.gty].flat().includes('client-credentials') ||
    // Okta: `uid` is there for a user only.
    (clientId === undefined && azp === undefined && cid !== undefined && payload.uid === undefined) ||
    // Entra ID, where the API asks for this claim. Without it such a token is refused for its scope: it has no `scp`.
    (payload.idtyp !== undefined && payload.idtyp !== 'user') ||
    // Keycloak, where the client has a user of its own, with an id as `sub`: by that user's name, or by the client's address.
    ids.some((id) => payload.preferred_username === `service-account-${id}`.toLowerCase()) ||
    payload.clientHost !== undefined ||
    payload.clientAddress !== undefined
  )
}
