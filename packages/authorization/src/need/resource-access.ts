import type { AuthorizationFailedCode, AuthorizationId, ConnectionId, ProviderId } from '@agent-identity/contracts'

/** Access with the user's token, or with the agent's own token or key. */
export interface ResourceAccess {
  /** @returns undefined unless the user has several accounts there, and the name of one is known */
  accountsAt(provider: ProviderId): Promise<AccountNames | undefined>
  /**
   * @param name as the user knows it; without it, the turn's account
   * @returns undefined at a provider without consent, or that is not offered; without a connection, where none can be used
   */
  connectionFor(
    provider: ProviderId,
    name?: string,
  ): Promise<{ connection?: ConnectionId; name?: string | undefined } | 'unknown' | undefined>
  /** @param scopes of this call. More may be requested. */
  tokenFor(provider: ProviderId, scopes: readonly string[], wanted?: TokenWanted): Promise<ResourceAccessOutcome>
  /**
   * Calls the vendor with a token of {@link tokenFor}, while the connection is the one that the token was asked for. The call is
   * aborted when its user disconnects.
   *
   * @param what `does`: for the user, such as "listed events"
   * @throws DisconnectedError when it may not begin; and whatever `call` throws
   */
  whileConnected<Result>(
    what: { provider: ProviderId; accessToken: string; does: string },
    call: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result>
}

/** `scope-missing`: the token is for less than the call needs. */
export type Rejected = 'rejected' | 'scope-missing'

export interface TokenWanted {
  /** What the vendor answered to the previous token. */
  rejected?: Rejected | undefined
  /** From {@link ResourceAccess.connectionFor}, where the call names an account; without it, the turn's account. */
  connection?: ConnectionId | undefined
}

export interface AccountNames {
  names: readonly string[]
  byDefault?: string | undefined
}

export type ResourceAccessOutcome =
  | { outcome: 'token'; accessToken: string }
  /** The turn must be suspended until this authorization has ended. */
  | { outcome: 'authorization-required'; authorizationId: AuthorizationId }
  /** Do not ask again in this turn. `account`: with `wrong_account`, the name of the one that came. */
  | { outcome: 'declined'; code: AuthorizationFailedCode; account?: string }
  /** `missing`: in words; empty when the vendor refuses the call although all that it needs was granted. */
  | { outcome: 'missing-scopes'; missing: readonly string[] }
  | { outcome: 'unknown-account' }
  | { outcome: 'not-offered' }
  /** Trying again does not help. */
  | { outcome: 'refused' }
  | { outcome: 'unavailable' }
  | { outcome: 'signed-out' }
