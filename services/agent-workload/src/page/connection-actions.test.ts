import type { ConnectionId, ListedConnection } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { actionsOf } from './client/connection-actions.ts'

const connection: ListedConnection = {
  provider: 'github',
  displayName: 'GitHub',
  status: 'connected',
  scopes: [],
  accountId: 'connection1' as ConnectionId,
  connectedAt: '2026-05-14T09:30:00.000Z',
  canAskForAccount: true,
}

const shown = (more: Partial<ListedConnection>, isFirstLive = true) =>
  Object.entries(actionsOf({ ...connection, ...more }, { isFirst: true, isFirstLive })).flatMap(([name, value]) =>
    value === true ? [name] : value ? [value] : [],
  )
const authorizationId = 'a'.repeat(22) as ListedConnection['authorizationId'] & string
const none = { accountId: undefined, connectedAt: undefined }

test.each<[string, Partial<ListedConnection>, string[]]>([
  ['not connected', { ...none, status: 'not_connected' }, ['Connect', 'which']],
  ['a vendor that takes no hint', { ...none, status: 'not_connected', canAskForAccount: false }, ['Connect']],
  ['an open consent', { ...none, status: 'consent_pending', authorizationId }, ['Connect', 'cancel']],
  ['an open consent for more', { status: 'consent_pending', authorizationId }, ['Connect', 'cancel', 'disconnect']],
  ['connected', {}, ['Reconnect', 'add', 'disconnect']],
  ['connected, at a vendor that takes no hint', { canAskForAccount: false }, ['Reconnect', 'add', 'disconnect']],
  ['connected, one of several', { isDefault: false }, ['Reconnect', 'add', 'makeDefault', 'disconnect']],
  ['connected, the default of several', { isDefault: true }, ['Reconnect', 'add', 'disconnect']],
  ['another account', { status: 'wrong_account' }, ['Try again', 'accept', 'disconnect']],
  ['missing scopes', { status: 'missing_scopes' }, ['Reconnect', 'add', 'disconnect']],
  ['needs reconnecting', { status: 'needs_reauthorization' }, ['Reconnect', 'add', 'disconnect']],
  ['disconnecting', { status: 'disconnecting' }, ['Connect']],
  ['disconnected', { status: 'disconnected' }, ['Connect']],
])('the buttons of a row: %s', (_what, more, buttons) => {
  expect(shown(more)).toEqual(buttons)
})

test('"Add account" is shown once for each service', () => {
  expect(shown({}, false)).toEqual(['Reconnect', 'disconnect'])
})
