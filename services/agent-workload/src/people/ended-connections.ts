import type { ConnectionStatus, DisconnectOutcome, ListedConnection } from '@agent-identity/contracts'

interface EndedConnection {
  displayName: string
  status: ConnectionStatus
  outcome?: DisconnectOutcome | undefined
}

/** What a user who has erased themselves is told of each connection. */
export const endedConnections = (
  before: readonly ListedConnection[],
  after: readonly ListedConnection[],
): EndedConnection[] =>
  before
    .filter(({ status }) => status !== 'not_connected')
    .flatMap((one) => rowOf(one, before, after) ?? [])
    .filter(({ status }) => status !== 'not_connected')
    .map(({ displayName, status, outcome }) => ({ displayName, status, outcome }))

const areSame = (one: ListedConnection, other: ListedConnection) =>
  one.provider === other.provider && one.accountId === other.accountId

/** An open consent may get its account id meanwhile: then its row is the one of its provider that was not there before. */
function rowOf(
  one: ListedConnection,
  before: readonly ListedConnection[],
  after: readonly ListedConnection[],
): ListedConnection | undefined {
  const isNew = (row: ListedConnection) => row.provider === one.provider && !before.some((known) => areSame(known, row))
  const found = after.find((row) => areSame(row, one)) ?? (one.accountId === undefined ? after.find(isNew) : undefined)
  return found ?? (one.status === 'consent_pending' ? undefined : one)
}
