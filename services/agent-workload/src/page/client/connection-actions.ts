import type { ListedConnection } from '@agent-identity/contracts'

export interface RowPlace {
  /** The first row of a service has the controls that exist once. */
  isFirst: boolean
  /** The first row of a service whose account is connected. */
  isFirstLive: boolean
}

interface RowActions {
  connect: 'Connect' | 'Reconnect' | 'Try again'
  which: boolean
  accept: boolean
  cancel: boolean
  add: boolean
  makeDefault: boolean
  disconnect: boolean
}

export function actionsOf(connection: ListedConnection, { isFirstLive }: RowPlace): RowActions {
  const { status, connectedAt, canAskForAccount = false, isDefault } = connection
  const isLive = isLiveRow(connection)
  return {
    connect: connectWord(status),
    which: status === 'not_connected' && canAskForAccount,
    accept: status === 'wrong_account',
    cancel: status === 'consent_pending',
    add: isLive && isFirstLive,
    makeDefault: isLive && isDefault === false,
    disconnect: isLive || status === 'wrong_account' || (status === 'consent_pending' && connectedAt !== undefined),
  }
}

export const isLiveRow = ({ status }: Pick<ListedConnection, 'status'>): boolean =>
  status === 'connected' || status === 'missing_scopes' || status === 'needs_reauthorization'

/** Whether nothing has to be connected: the button is there for those who want to. */
export const isConnectOptional = ({ status }: Pick<ListedConnection, 'status'>): boolean =>
  status === 'connected' || status === 'wrong_account'

function connectWord(status: ListedConnection['status']): RowActions['connect'] {
  if (status === 'wrong_account') return 'Try again'
  return isLiveRow({ status }) ? 'Reconnect' : 'Connect'
}
