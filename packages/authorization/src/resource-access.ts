import type { AuthorizationFailedCode, AuthorizationId, ConnectionRef, ProviderId } from '@agent-identity/contracts'

/**
 * A tool requests this before it acts, in the same way for every kind of provider: an access token of the resource, for the user of this
 * turn only, or the agent's own token or key.
 * One is created per run of a turn; it caches tokens for that run only.
 */
export interface ResourceAccess {
  /** @returns nothing where the user does not have several accounts, or no user has to consent. */
  accountsAt(provider: ProviderId): Promise<AccountNames | undefined>
  /**
   * Which account a call is for. It stays that one, whatever becomes the default in between.
   *
   * @param name one of {@link accountsAt}, or nothing for the default.
   * @returns `unknown` when the user has no account of that name; nothing for a provider without consent.
   */
  connectionFor(
    provider: ProviderId,
    name?: string,
  ): Promise<{ ref: ConnectionRef; name?: string | undefined } | 'unknown' | undefined>
  /**
   * @param scopes the scopes of this call. When they are granted, what was asked for is requested unchanged, so that the token vault finds
   *   the same entry; otherwise what is granted is requested along with them.
   */
  tokenFor(provider: ProviderId, scopes: readonly string[], wanted?: TokenWanted): Promise<ResourceAccessOutcome>
  /**
   * Every call to the vendor with a token of {@link tokenFor} goes through this: it begins only while the connection is the one that the token was
   * asked for, and is aborted when its user disconnects. What it `does` ("listed events") is for the list of uses that its user sees.
   *
   * @throws DisconnectedError when it was not begun; and whatever `call` throws
   */
  whileConnected<Result>(
    what: { provider: ProviderId; accessToken: string; does: string },
    call: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result>
}

/** `rejected`: the vendor does not accept the token or key (401; for a key also 403). `scope-missing`: the token is for less than the call needs. */
export type Rejected = 'rejected' | 'scope-missing'

export interface TokenWanted {
  /** What the vendor answered to the previous token: AgentCore does not know that, and is told to start over, where that can help. */
  rejected?: Rejected | undefined
  /** The account, from {@link ResourceAccess.connectionFor}; without it, the one that the turn uses where none is named. */
  connection?: ConnectionRef | undefined
}

/** The names of a user's accounts at a provider, where they have several: all that a model sees of them. */
export interface AccountNames {
  names: readonly string[]
  /** Used where the user names none; absent when its name is not known. */
  byDefault?: string | undefined
}

export type ResourceAccessOutcome =
  | { outcome: 'token'; accessToken: string }
  /** The turn must be suspended until this authorization is settled; then the tool runs again and requests again. */
  | { outcome: 'authorization-required'; authorizationId: AuthorizationId }
  /** The user was asked in this turn without a connection as the result, or cannot be asked now; do not ask again. */
  | { outcome: 'declined'; code: AuthorizationFailedCode }
  /** The user was asked, and has left these out, in words; none are named when the vendor does not say which it wants. */
  | { outcome: 'missing-scopes'; missing: readonly string[] }
  /** The user does not have that account, or not any more. */
  | { outcome: 'unknown-account' }
  /** The provider is not enabled in this deployment. */
  | { outcome: 'not-offered' }
  /** No access at a provider without consent: trying again does not help; only the operator can change it. */
  | { outcome: 'refused' }
  /** AgentCore does not answer, or refuses; a later attempt may succeed. */
  | { outcome: 'unavailable' }
  /** The user session has ended: the turn must end. */
  | { outcome: 'signed-out' }
