import type { ConnectionRef } from '@agent-identity/contracts'

/** How an account is asked for at the vendor. */
export interface AskedAs extends ConnectionRef {
  /** The account's name. */
  hint?: string | undefined
  /** Part of the token vault's key: a read has to send the same. */
  parameters: Readonly<Record<string, string>>
  /** `parameters` ask for the vendor's account chooser. */
  chooser?: true | undefined
}

export interface AskedFor extends AskedAs {
  /** Normalized: part of the token vault's key. */
  scopes: readonly string[]
  /** Of the connection; 0 without one. */
  generation: number
}
