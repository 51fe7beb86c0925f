import type { AuthorizationFailedCode, AuthorizationId, ProviderId } from '@agent-identity/contracts'

/**
 * What a tool asks for before it acts, the same way whatever kind of credential the provider has: an access token of the resource
 * for the user of this turn and no other, or the token or key that the agent has there itself.
 * One is made per run of a turn; it remembers tokens for that run only.
 */
export interface ResourceAccess {
  /**
   * @param scopes what this call needs; what the user has granted already is asked for along with it, so that the token
   *   vault finds the same entry.
   * @param rejected the vendor answered 401 to the token that was given before: AgentCore cannot know, and is asked to
   *   start over.
   */
  tokenFor(provider: ProviderId, scopes: readonly string[], rejected?: 'rejected'): Promise<ResourceAccessOutcome>
}

export type ResourceAccessOutcome =
  | { outcome: 'token'; accessToken: string }
  /** The turn must be suspended until this authorization has come to its end; then the tool runs again and asks again. */
  | { outcome: 'authorization-required'; authorizationId: AuthorizationId }
  /** The user was asked in this turn and it did not come to a connection; do not ask again. */
  | { outcome: 'declined'; code: AuthorizationFailedCode }
  /** The provider is not switched on in this deployment. */
  | { outcome: 'not-offered' }
  /** There is no access at a provider where the user has nothing to say: trying again does not help, only the operator can. */
  | { outcome: 'refused' }
  /** AgentCore does not answer, or refuses; the user can try again later. */
  | { outcome: 'unavailable' }
  /** The user session is over: the turn must end. */
  | { outcome: 'signed-out' }
