import { ConnectionId, type ListedConnection } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { endedConnections } from './ended-connections.ts'

const github = { provider: 'github', displayName: 'GitHub', scopes: [] }
const accountId = ConnectionId.parse('A'.repeat(11))
const otherId = ConnectionId.parse('B'.repeat(11))
const pending: ListedConnection = { ...github, status: 'consent_pending' }
const ended: ListedConnection = { ...github, accountId, status: 'disconnected', outcome: 'revoked' }
const told = [{ displayName: 'GitHub', status: 'disconnected', outcome: 'revoked' }]

test.each<[string, ListedConnection[], ListedConnection[], unknown[]]>([
  ['that is connected: how it ended', [{ ...github, accountId, status: 'connected' }], [ended], told],
  ['whose list cannot be read afterwards: as it was', [ended], [], told],
  ['that is not connected: nothing', [{ ...github, status: 'not_connected' }], [], []],
  ['of an open consent that was cancelled: nothing', [pending], [{ ...github, status: 'not_connected' }], []],
  ['of an open consent for a named account that was cancelled: nothing', [{ ...pending, accountId }], [], []],
  ['of an open consent that was bound meanwhile: how it ended', [pending], [ended], told],
  ['of an open consent beside another account: only that account', [pending, ended], [ended], told],
  [
    'of an open consent that was bound beside another account: both',
    [ended, pending],
    [ended, { ...ended, accountId: otherId, outcome: 'not_confirmed' }],
    [...told, { ...told[0], outcome: 'not_confirmed' }],
  ],
])('a user who has erased themselves is told of a row %s', (_what, before, after, expected) => {
  expect(endedConnections(before, after)).toEqual(expected)
})
