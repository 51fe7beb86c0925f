import {
  type AuthorizationId,
  type AuthorizationRequired,
  type ConnectionRecord,
  leftOutScopes,
  type OfferedProvider,
  type PendingAuthorization,
  scopesInWords,
  splitScopes,
  startAuthorizationPath,
} from '@agent-identity/contracts'

/** The card that asks a user to consent has the path of our start route, never the authorization URL. */
export function authorizationRequired(
  id: AuthorizationId,
  record: PendingAuthorization,
  offered: OfferedProvider | undefined,
  connection: ConnectionRecord | undefined,
): AuthorizationRequired {
  const scopes = splitScopes(record.scopes)
  const leftOut = offered ? leftOutScopes(offered, connection).filter((scope) => scopes.includes(scope)) : []
  return {
    authorizationId: id,
    provider: record.provider,
    displayName: record.displayName,
    scopes: scopesInWords(offered, scopes),
    ...(leftOut.length > 0 && { missing: scopesInWords(offered, leftOut) }),
    startUrl: startAuthorizationPath(id),
    expiresAt: new Date(record.expiresAt).toISOString(),
    ...(record.disconnectedAt === undefined ? {} : { disconnectedAt: new Date(record.disconnectedAt).toISOString() }),
  }
}
