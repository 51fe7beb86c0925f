import type { Connection, ConnectionStatus, DisconnectOutcome } from '@agent-identity/contracts'

interface EndedConnection {
  displayName: string
  status: ConnectionStatus
  outcome?: DisconnectOutcome | undefined
}

/** What a user who has erased themselves is told of each connection. Of a consent that was cancelled nothing is left to say. */
export const endedConnections = (before: readonly Connection[], after: readonly Connection[]): EndedConnection[] =>
  before
    .filter(({ status }) => status !== 'not_connected')
    .flatMap((one) => rowOf(one, after) ?? [])
    .filter(({ status }) => status !== 'not_connected')
    .map(({ displayName, status, outcome }) => ({ displayName, status, outcome }))

/**
 * The row after the erasure, or the one from before where none is found. A row of an open consent may have no account id before and one
 * afterwards, when the consent was bound meanwhile: then it is found by its provider.
 *
 * @returns undefined for an open consent of which no row is found afterwards
 */
function rowOf(before: Connection, after: readonly Connection[]): Connection | undefined {
  const found =
    after.find(({ provider, accountId }) => provider === before.provider && accountId === before.accountId) ??
    after.find(({ provider }) => provider === before.provider && before.accountId === undefined)
  return found ?? (before.status === 'consent_pending' ? undefined : before)
}
