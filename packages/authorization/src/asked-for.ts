import type { ConnectionRef } from '@agent-identity/contracts'

/** How an account is asked for at the vendor. */
export interface AskedAs extends ConnectionRef {
  /** The account's name, where it is asked for by name. */
  hint?: string | undefined
  /** Sent to the authorization server, and part of the token vault's key: a read has to send the same. */
  parameters: Readonly<Record<string, string>>
  /** The vendor's account chooser was added to `parameters` for this request. */
  chooser?: true | undefined
}

export interface AskedFor extends AskedAs {
  /** Normalized: they are part of the token vault's key. */
  scopes: readonly string[]
  /** Of the connection; 0 without one. */
  generation: number
}
