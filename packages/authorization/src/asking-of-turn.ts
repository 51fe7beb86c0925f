import type { ConnectionRecord, ConnectionRef, OfferedProvider } from '@agent-identity/contracts'
import type { AskedFor } from './asked-for.ts'
import { askedAs, askingFor } from './connections/asking.ts'

export interface Asking {
  ref: ConnectionRef
  offered: OfferedProvider
  /** The scopes of the call. */
  needed: readonly string[]
  /** The scopes of the request. */
  scopes: readonly string[]
  /** The name of the request in the turn's memory. */
  request: string
  connection: ConnectionRecord | undefined
}

export function askedFor({ ref, offered, scopes, connection }: Omit<Asking, 'request' | 'needed'>): AskedFor {
  const isUndecided = connection?.status === 'wrong_account'
  const asked = isUndecided
    ? askingFor(offered, ref, { hint: connection.hint, chooser: true })
    : askedAs(offered, ref, connection)
  return { ...asked, scopes, generation: connection?.generation ?? 0 }
}

export type Waiting = Pick<Asking, 'request' | 'connection'>
