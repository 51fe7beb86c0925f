import {
  type Authorization,
  type AuthorizationRequired,
  type ConnectionsAt,
  lackingScopes,
  type OfferedProvider,
  scopesInWords,
  scopesToAsk,
  splitScopes,
  startAuthorizationPath,
} from '@agent-identity/contracts'
import { find, isLive } from '../connections/decide.ts'
import { scopesWaitedFor } from './authorizations.ts'

/** What its user will be asked for: also what this connection has been granted before. */
export const scopesAsked = (authorization: Authorization, offered: OfferedProvider, at: ConnectionsAt): string[] =>
  scopesToAsk(offered, splitScopes(find(at, authorization.connection)?.granted), scopesWaitedFor(authorization))

/** The card that asks a user to consent has the path of our start route, never the authorization URL. */
export function authorizationRequired(
  authorization: Authorization,
  offered: OfferedProvider,
  at: ConnectionsAt,
): AuthorizationRequired {
  const { id, provider, displayName, expiresAt } = authorization
  const expected = find(at, authorization.connection)
  const scopes = scopesAsked(authorization, offered, at)
  const leftOut = isLive(expected)
    ? lackingScopes(offered, splitScopes(expected.granted), splitScopes(expected.entry.scopes))
    : []
  const missing = leftOut.filter((scope) => scopes.includes(scope))
  const ended = isLive(expected) ? undefined : lastEnd(at)
  return {
    authorizationId: id,
    provider,
    displayName,
    scopes: scopesInWords(offered, scopes),
    ...(missing.length > 0 && { missing: scopesInWords(offered, missing) }),
    startUrl: startAuthorizationPath(id),
    expiresAt: new Date(expiresAt).toISOString(),
    ...(ended === undefined ? {} : { disconnectedAt: new Date(ended).toISOString() }),
  }
}

/** @returns undefined while the user has a connection there */
function lastEnd({ connections }: ConnectionsAt): number | undefined {
  if (connections.some(isLive)) return undefined
  const ends = connections.flatMap(({ endedAt }) => endedAt ?? [])
  return ends.length > 0 ? Math.max(...ends) : undefined
}
