import {
  type ConnectionRecord,
  type ConnectionRef,
  type ConsentRequest,
  grantedScopes,
  isEnded,
  lackingScopes,
  type OfferedProvider,
  splitScopes,
  type UserRef,
} from '@agent-identity/contracts'
import type { Account } from '../connections/account.ts'
import type { Accounts } from '../connections/accounts.ts'

interface Ports {
  accounts: Pick<Accounts, 'choose'>
  connections: { find(ref: ConnectionRef): Promise<ConnectionRecord | undefined> }
}

/** The account of the call, which may not be the default any more. A request without an account is for the present default. */
export async function accountOfRequest(
  { provider, account }: Pick<ConsentRequest, 'provider' | 'account'>,
  user: UserRef,
  { accounts, connections }: Ports,
): Promise<Account | undefined> {
  if (!account) return accounts.choose(user, provider)
  const ref = { user, provider, named: account.named }
  return { ref, record: await connections.find(ref) }
}

/** An account that was asked for by name, and has no record, counts as ended. */
export async function hasDisconnected(request: ConsentRequest, user: UserRef, ports: Ports): Promise<boolean> {
  const account = await accountOfRequest(request, user, ports)
  if (!account) return false
  const { ref, record } = account
  return isEnded(record) || (ref.named !== undefined && !record)
}

/**
 * Whether the account has been connected since, with all that the request needs: the request's own consent could then leave the account with fewer
 * scopes.
 */
export function isSatisfied(
  { scopes, createdAt, connectedAt: before = createdAt }: ConsentRequest,
  connection: ConnectionRecord | undefined,
  provider: OfferedProvider,
): boolean {
  if (connection?.status !== 'connected' || (connection.connectedAt ?? 0) <= before) return false
  return lackingScopes(provider, grantedScopes(connection), splitScopes(scopes)).length === 0
}
