import { listConnections } from '@agent-identity/authorization'
import type { ListedConnection } from '@agent-identity/contracts'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { knownProviders } from './known-providers.ts'

/** Also at known providers that are not offered now. */
export async function everyConnection(
  userSession: CurrentUserSession,
  ports: Parameters<typeof listConnections>[1],
): Promise<ListedConnection[]> {
  const rows = await listConnections(userSession, { ...ports, offered: knownProviders(ports.offered) })
  return rows.filter(({ provider, status }) => ports.offered.has(provider) || status !== 'not_connected')
}
