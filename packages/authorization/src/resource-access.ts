import type { AuthorizationFailedCode, AuthorizationId, ConnectionRef, ProviderId } from '@agent-identity/contracts'

/** What a tool uses for its access: the user's token, or the agent's own token or key. */
export interface ResourceAccess {
  /** @returns undefined unless the user has several accounts there that have not ended, and the name of at least one is known. */
  accountsAt(provider: ProviderId): Promise<AccountNames | undefined>
  /**
   * Which account a call is for.
   *
   * @param name as the user knows it; without it, the turn's account.
   * @returns `unknown` when the user has no account of that name; undefined at a provider without consent, or that is not offered.
   */
  connectionFor(
    provider: ProviderId,
    name?: string,
  ): Promise<{ ref: ConnectionRef; name?: string | undefined } | 'unknown' | undefined>
  /**
   * @param scopes the scopes that this call needs. What is requested may be more: the token vault finds an entry by exactly the scopes of its
   *   consent.
   */
  tokenFor(provider: ProviderId, scopes: readonly string[], wanted?: TokenWanted): Promise<ResourceAccessOutcome>
  /**
   * Calls the vendor with a token of {@link tokenFor}. Where a user consents, the call begins only while the connection is the one that the token
   * was asked for, and is aborted when its user disconnects. The user may be shown what it `does` ("listed events") after a success.
   *
   * @throws DisconnectedError when it may not begin; and whatever `call` throws
   */
  whileConnected<Result>(
    what: { provider: ProviderId; accessToken: string; does: string },
    call: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result>
}

/** `rejected`: the vendor does not accept the token or key. `scope-missing`: the token is for less than the call needs. */
export type Rejected = 'rejected' | 'scope-missing'

export interface TokenWanted {
  /** What the vendor answered to the previous token: AgentCore does not know that. */
  rejected?: Rejected | undefined
  /** The account, from {@link ResourceAccess.connectionFor}; without it, the turn's. */
  connection?: ConnectionRef | undefined
}

export interface AccountNames {
  names: readonly string[]
  /** Absent when the default's name is not known. */
  byDefault?: string | undefined
}

export type ResourceAccessOutcome =
  | { outcome: 'token'; accessToken: string }
  /** The turn must be suspended until this authorization is settled; then the tool requests again. */
  | { outcome: 'authorization-required'; authorizationId: AuthorizationId }
  /** The user was asked and did not connect, or cannot be asked now. Do not ask again in this turn. */
  | { outcome: 'declined'; code: AuthorizationFailedCode }
  /** These were asked for and not granted, in words; empty when the vendor refuses the call although all that it needs was granted. */
  | { outcome: 'missing-scopes'; missing: readonly string[] }
  | { outcome: 'unknown-account' }
  | { outcome: 'not-offered' }
  /** At a provider without consent. Trying again does not help. */
  | { outcome: 'refused' }
  | { outcome: 'unavailable' }
  | { outcome: 'signed-out' }
