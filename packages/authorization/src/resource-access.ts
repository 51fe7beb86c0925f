import type { AuthorizationFailedCode, AuthorizationId, ProviderId } from '@agent-identity/contracts'

/**
 * A tool requests this before it acts, in the same way for every kind of provider: an access token of the resource, for the user of this
 * turn only, or the agent's own token or key.
 * One is created per run of a turn; it caches tokens for that run only.
 */
export interface ResourceAccess {
  /**
   * @param scopes the scopes of this call. When they are granted, what was asked for is requested unchanged, so that the token vault finds
   *   the same entry; otherwise what is granted is requested along with them.
   * @param rejected what the vendor answered to the previous token: AgentCore does not know that, and is told to start over, where that
   *   can help.
   */
  tokenFor(provider: ProviderId, scopes: readonly string[], rejected?: Rejected): Promise<ResourceAccessOutcome>
  /**
   * Every call to the vendor with a token of {@link tokenFor}: it begins only while the connection is the one that the token was
   * asked for, and is aborted when its user disconnects. What it `does` ("listed events") is for the list of uses that its user sees.
   *
   * @throws DisconnectedError when it was not begun; and whatever `call` throws
   */
  whileConnected<Result>(
    what: { provider: ProviderId; accessToken: string; does: string },
    call: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result>
}

/** `rejected`: 401. `scope-missing`: it is for less than the call needs. */
export type Rejected = 'rejected' | 'scope-missing'

export type ResourceAccessOutcome =
  | { outcome: 'token'; accessToken: string }
  /** The turn must be suspended until this authorization is settled; then the tool runs again and requests again. */
  | { outcome: 'authorization-required'; authorizationId: AuthorizationId }
  /** The user was asked in this turn without a connection as the result; do not ask again. */
  | { outcome: 'declined'; code: AuthorizationFailedCode }
  /** The user was asked, and has left these out, in words; none are named when the vendor does not say which it wants. */
  | { outcome: 'missing-scopes'; missing: readonly string[] }
  /** The provider is not enabled in this deployment. */
  | { outcome: 'not-offered' }
  /** No access at a provider without consent: trying again does not help; only the operator can change it. */
  | { outcome: 'refused' }
  /** AgentCore does not answer, or refuses; a later attempt may succeed. */
  | { outcome: 'unavailable' }
  /** The user session has ended: the turn must end. */
  | { outcome: 'signed-out' }
