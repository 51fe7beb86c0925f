import type { Connection, ConnectionId } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { actionsOf, type RowActions } from './client/connection-actions.ts'

const NOW = 1_900_000_000_000
const at = (ago: number) => new Date(NOW - ago).toISOString()
const DAY_MS = 24 * 3_600_000
const connection: Connection = {
  provider: 'github',
  displayName: 'GitHub',
  status: 'connected',
  scopes: [],
  accountId: 'connection1' as ConnectionId,
  connectedAt: at(2 * DAY_MS),
  canAskForAccount: true,
}

const shown = (more: Partial<Connection>, isFirst = true) => {
  const actions: RowActions = actionsOf({ ...connection, ...more }, { isFirst }, NOW)
  return Object.entries(actions).flatMap(([name, value]) => (value === true ? [name] : value ? [value] : []))
}
const authorizationId = `${'u'.repeat(22)}.${'a'.repeat(22)}` as Connection['authorizationId'] & string
const none = { accountId: undefined, connectedAt: undefined }

test.each<[string, Partial<Connection>, string[]]>([
  ['not connected', { ...none, status: 'not_connected' }, ['Connect', 'which']],
  ['a vendor without accounts', { ...none, status: 'not_connected', canAskForAccount: false }, ['Connect']],
  ['an open consent', { ...none, status: 'consent_pending', authorizationId }, ['Connect', 'cancel']],
  [
    'an open consent for another account',
    { connectedAt: undefined, status: 'consent_pending', authorizationId },
    ['Connect', 'cancel'],
  ],
  ['a consent that is being confirmed', { ...none, status: 'consent_pending' }, []],
  ['an open consent for more', { status: 'consent_pending', authorizationId }, ['Connect', 'cancel', 'disconnect']],
  ['connected', {}, ['add', 'disconnect']],
  ['connected a moment ago', { connectedAt: at(1) }, ['doubt', 'add', 'disconnect']],
  ['connected a day ago', { connectedAt: at(DAY_MS) }, ['add', 'disconnect']],
  ['connected, one of several', { isDefault: false }, ['add', 'makeDefault', 'disconnect']],
  ['connected, the default of several', { isDefault: true }, ['add', 'disconnect']],
  ['another account', { status: 'wrong_account' }, ['Connect again', 'accept', 'disconnect']],
  ['missing scopes', { status: 'missing_scopes' }, ['Reconnect', 'add', 'disconnect']],
  ['needs reconnecting', { status: 'needs_reauthorization' }, ['Reconnect', 'add', 'disconnect']],
  ['disconnecting', { status: 'disconnecting' }, ['Connect']],
  ['disconnected', { status: 'disconnected' }, ['Connect']],
])('the buttons of a row: %s', (_what, more, buttons) => {
  expect(shown(more)).toEqual(buttons)
})

test('"Add account" is shown once for each service', () => {
  expect(shown({}, false)).toEqual(['disconnect'])
})
