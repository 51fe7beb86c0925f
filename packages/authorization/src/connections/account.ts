import type { ConnectionRecord, ConnectionRef } from '@agent-identity/contracts'

export interface Account {
  ref: ConnectionRef
  record: ConnectionRecord | undefined
}

export interface KnownAccount extends Account {
  record: ConnectionRecord
}

/** The account, else the name that it was asked for with; never `came`, which its user has not accepted. */
export const nameOf = ({ account, hint }: ConnectionRecord): string | undefined => account ?? hint
