import type { ConnectionRecord, ConnectionRef } from '@agent-identity/contracts'

export interface Account {
  ref: ConnectionRef
  record: ConnectionRecord | undefined
}

export interface KnownAccount extends Account {
  record: ConnectionRecord
}

/** Never `came`, which its user has not accepted. */
export const nameOf = ({ account, hint }: ConnectionRecord): string | undefined => account ?? hint
