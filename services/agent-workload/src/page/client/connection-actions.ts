import type { Connection } from '@agent-identity/contracts'

export interface RowPlace {
  /** The first row of a service has the controls that exist once. */
  isFirst: boolean
}

export interface RowActions {
  connect?: 'Connect' | 'Reconnect' | 'Connect again'
  which: boolean
  accept: boolean
  doubt: boolean
  cancel: boolean
  add: boolean
  makeDefault: boolean
  disconnect: boolean
}

/** How long "Not the right one?" is offered after an account was connected: its user may not have seen which one it is. */
const FRESH_MS = 24 * 3_600_000

/** @param now Unix time in milliseconds */
export function actionsOf(connection: Connection, { isFirst }: RowPlace, now: number): RowActions {
  const { status, accountId, authorizationId, connectedAt, canAskForAccount = false, isDefault } = connection
  const isUsable = status === 'connected' || status === 'missing_scopes'
  const isThere = isUsable || status === 'needs_reauthorization'
  const isKnown = accountId !== undefined
  const connect = CONNECT[status]
  return {
    ...(connect && (status !== 'consent_pending' || authorizationId !== undefined) && { connect }),
    which: status === 'not_connected' && canAskForAccount,
    accept: status === 'wrong_account' && isKnown,
    doubt: isUsable && isKnown && connectedAt !== undefined && now - Date.parse(connectedAt) < FRESH_MS,
    cancel: status === 'consent_pending' && authorizationId !== undefined,
    add: isThere && isFirst && canAskForAccount,
    makeDefault: isThere && isKnown && isDefault === false,
    disconnect: isThere || status === 'wrong_account' || (status === 'consent_pending' && connectedAt !== undefined),
  }
}

const CONNECT: Partial<Record<Connection['status'], NonNullable<RowActions['connect']>>> = {
  not_connected: 'Connect',
  consent_pending: 'Connect',
  wrong_account: 'Connect again',
  missing_scopes: 'Reconnect',
  needs_reauthorization: 'Reconnect',
  disconnecting: 'Connect',
  disconnected: 'Connect',
}
