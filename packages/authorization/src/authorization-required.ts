import {
  type AuthorizationId,
  type AuthorizationRequired,
  type OfferedProviders,
  type PendingAuthorization,
  scopesInWords,
  startAuthorizationPath,
} from '@agent-identity/contracts'

/** The card that asks its user to consent; the authorization URL is no part of it. */
export function authorizationRequired(
  id: AuthorizationId,
  record: PendingAuthorization,
  offered: OfferedProviders,
): AuthorizationRequired {
  return {
    authorizationId: id,
    provider: record.provider,
    displayName: record.displayName,
    scopes: scopesInWords(offered.get(record.provider), record.scopes.split(' ')),
    startUrl: startAuthorizationPath(id),
    expiresAt: new Date(record.expiresAt).toISOString(),
    ...(record.disconnectedAt === undefined ? {} : { disconnectedAt: new Date(record.disconnectedAt).toISOString() }),
  }
}
