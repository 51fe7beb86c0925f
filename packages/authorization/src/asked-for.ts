import type { ConnectionRef } from '@agent-identity/contracts'

/** How an account is asked for at the vendor. */
export interface AskedAs extends ConnectionRef {
  /** The account's name that the user typed, if they did. */
  hint?: string | undefined
  /** Sent to the authorization server, and part of what the token vault finds an entry by: a read sends the same. */
  parameters: Readonly<Record<string, string>>
  /** Whether `parameters` ask for the vendor's account chooser. */
  chooser?: true | undefined
}

/** What a consent is asked for. Two requests for the same, in one user session, are one consent. */
export interface AskedFor extends AskedAs {
  /** The scopes of the request, normalized: the token vault finds an entry by all of them. */
  scopes: readonly string[]
  /** The generation of the connection at the time of the request; 0 without a connection. */
  generation: number
}
