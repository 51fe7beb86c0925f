/** Why a sign-in came to nothing. */
export const SIGN_IN_REFUSALS = [
  'no-state',
  'unknown-state',
  'other-browser',
  'refused-by-issuer',
  'issuer-answer-not-valid',
  'issuer-unavailable',
] as const

/** Why a request of whoever spoke for the issuer ended no user session. */
export const LOGOUT_REFUSALS = [
  /** No token, several, something else than a signed JWT, or not typed as a logout token. */
  'not-a-logout-token',
  /** By none of the issuer's keys, or with an algorithm that it does not sign with. */
  'wrong-signature',
  'wrong-issuer',
  'wrong-audience',
  /** From more than five minutes ago, from the future, or over. */
  'not-fresh',
  'claims-not-valid',
  'replayed',
  'issuer-unavailable',
] as const

/** What the issuer made of the request to revoke a refresh token (RFC 7009). */
export const REVOCATION_OUTCOMES = ['revoked', 'not-offered', 'refused', 'unavailable'] as const

/** Why nobody was sent to the authorization server. */
export const START_REFUSALS = [
  /** A page of another site sent the browser here. */
  'another-site',
  'not-signed-in',
  'malformed',
  'different-user-session',
  'unknown-authorization',
  'different-user',
  /** Not the browser that signed in to this user session. */
  'different-browser',
  /** The browser is on its way with another authorization, and was shown the page that says so. */
  'other-consent-open',
  /** Bound, failed, cancelled or expired, or the user session ended a moment ago. */
  'settled',
] as const
export type StartRefusal = (typeof START_REFUSALS)[number]

/** Why a return was not bound. Those up to `different-browser` look alike from outside. */
export const BINDING_REFUSALS = [
  'malformed',
  'unknown-authorization',
  'different-user',
  'different-user-session',
  'different-state',
  'different-session-uri',
  'never-started',
  'different-browser',
  'not-signed-in',
  'expired',
  /** It had come to its end before, otherwise than by being bound. */
  'settled',
  /** Another return of the same consent consumed it first, or the user session ended a moment ago. */
  'not-claimed',
  /** AgentCore looked at it and said no. */
  'refused-by-agentcore',
] as const
