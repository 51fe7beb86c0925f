import { type Accounts, type AskedFor, accountOfRequest, askedAs } from '@agent-identity/authorization'
import {
  type ConnectionRecord,
  type ConnectionRef,
  type ConsentRequest,
  leftOutScopes,
  MCP_RETRY_SECONDS,
  type OfferedProvider,
  type OfferedProviders,
  type ScopesOfCall,
  scopesOfCall,
} from '@agent-identity/contracts'
import type { ToolCall } from './tool-call.ts'

export interface NeedPorts {
  offered: OfferedProviders
  /** Chooses the default account. */
  accounts: Pick<Accounts, 'choose'>
  connections: { find(ref: ConnectionRef): Promise<ConnectionRecord | undefined> }
}

export interface NeedOfCall extends Omit<ScopesOfCall, 'scopes'> {
  offered: OfferedProvider
  connection: ConnectionRecord | undefined
  asked: AskedFor
}

/** @param kept the account that a retry keeps to. By now the default may be another one, where a change that was begun would be made again. */
export async function needOf(
  { tool, caller }: ToolCall,
  kept: ConsentRequest['account'],
  ports: NeedPorts,
): Promise<NeedOfCall | 'gone' | undefined> {
  const { id } = tool.provider
  const offered = ports.offered.get(id)
  const account = offered && (await accountOfRequest({ provider: id, account: kept }, caller.user, ports))
  if (!account) return undefined
  const { ref, record: connection } = account
  // A connected account with a name has a record.
  if (ref.named && !connection) return 'gone'
  const { scopes, ...rest } = scopesOfCall(offered, connection, tool.scopes)
  const asked = { ...askedAs(offered, ref, connection), scopes, generation: connection?.generation ?? 0 }
  return { offered, connection, asked, ...rest }
}

/** Whether the last consent asked for every lacking scope, and did not grant it. */
export function hasLeftOutAll({ offered, connection, lacking }: NeedOfCall): boolean {
  const leftOut = leftOutScopes(offered, connection)
  return lacking.length > 0 && lacking.every((scope) => leftOut.includes(scope))
}

/** Connected less than `MCP_RETRY_SECONDS` ago: for that time a call that is sent again counts as a repetition. */
export const isConnectedJustNow = ({ connection }: NeedOfCall, now: number): boolean =>
  connection?.status === 'connected' &&
  connection.connectedAt !== undefined &&
  now - connection.connectedAt < MCP_RETRY_SECONDS * 1_000
