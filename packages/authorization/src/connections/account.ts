import type { ConnectionRecord, ConnectionRef } from '@agent-identity/contracts'

export interface Account {
  ref: ConnectionRef
  /** None where nothing was connected yet. */
  record: ConnectionRecord | undefined
}

export interface KnownAccount extends Account {
  record: ConnectionRecord
}

/** As its user knows it: the one that was asked for, whichever came. */
export const nameOf = ({ account, hint }: ConnectionRecord): string | undefined => account ?? hint
