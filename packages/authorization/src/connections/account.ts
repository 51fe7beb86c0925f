import type { ConnectionRecord, ConnectionRef } from '@agent-identity/contracts'

export interface Account {
  ref: ConnectionRef
  /** Undefined where there is no record: nothing was connected yet. */
  record: ConnectionRecord | undefined
}

export interface KnownAccount extends Account {
  record: ConnectionRecord
}

/** The account that may be used, else the name that its user asked for. Another account that came in its place (`came`) is not named. */
export const nameOf = ({ account, hint }: ConnectionRecord): string | undefined => account ?? hint
