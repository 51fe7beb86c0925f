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
    .flatMap((one) => rowOf(one, before, after) ?? [])
    .filter(({ status }) => status !== 'not_connected')
    .map(({ displayName, status, outcome }) => ({ displayName, status, outcome }))

const areSame = (one: Connection, other: Connection) =>
  one.provider === other.provider && one.accountId === other.accountId

/**
 * The row after the erasure, or the one from before where none is found. A row of an open consent may have no account id before and one
 * afterwards, when the consent was bound meanwhile: then it is the row of its provider that was not there before.
 *
 * @returns undefined, or a row that says `not_connected`, for an open consent that connected nothing
 */
function rowOf(one: Connection, before: readonly Connection[], after: readonly Connection[]): Connection | undefined {
  const isNew = (row: Connection) => row.provider === one.provider && !before.some((known) => areSame(known, row))
  const found = after.find((row) => areSame(row, one)) ?? (one.accountId === undefined ? after.find(isNew) : undefined)
  return found ?? (one.status === 'consent_pending' ? undefined : one)
}
