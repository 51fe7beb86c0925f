/** Why a sign-in failed. */
export const SIGN_IN_REFUSALS = [
  'no-state',
  'unknown-state',
  'other-browser',
  'refused-by-issuer',
  'issuer-answer-not-valid',
  'issuer-unavailable',
  'erased',
] as const

/** Why a logout token, or what was sent as one, ended no user session. */
export const LOGOUT_REFUSALS = [
  /** No token, several, something other than a signed JWT, or a JWT that is not typed as a logout token. */
  'not-a-logout-token',
  /** Signed by none of the issuer's keys, or with an algorithm that the issuer does not use or that we do not accept. */
  'wrong-signature',
  'wrong-issuer',
  'wrong-audience',
  /** Issued more than five minutes ago or in the future, expired (30 seconds are tolerated), or without one of these times. */
  'not-fresh',
  'claims-not-valid',
  'replayed',
  'issuer-unavailable',
] as const

/** What became of the request to the issuer to revoke a refresh token (RFC 7009). */
export const REVOCATION_OUTCOMES = ['revoked', 'not-offered', 'refused', 'unavailable'] as const

/** What became of the request to the vendor to end an access token. */
export const VENDOR_REVOCATIONS = ['revoked', 'refused', 'unavailable'] as const
export type VendorRevocation = (typeof VENDOR_REVOCATIONS)[number]

/** Why a start did not redirect to the authorization URL. */
export const START_REFUSALS = [
  /** A page of another site or host sent the browser here, or our own page did not post the `start-instead`. */
  'another-site',
  'not-signed-in',
  'malformed',
  'different-user-session',
  'unknown-authorization',
  'different-user',
  /** Not the browser that signed in to this user session. */
  'different-browser',
  /** Another consent is open in this browser; the page, or for a client that wants JSON the error, said so. */
  'other-consent-open',
  /** Its authorization URL does not open: it was altered, or its key is gone. The authorization is cancelled. */
  'not-readable',
  /** No longer `pending`, or expired, or the user session ended a moment ago. */
  'settled',
] as const
export type StartRefusal = (typeof START_REFUSALS)[number]

/** Why no user was ended. From outside the first one looks like a route that does not exist. */
export const ERASURE_REFUSALS = [
  'not-an-administrator',
  'sign-in-too-old',
  /** The user session's cookie came without the cookie of the browser that signed in: it may have been copied. */
  'different-browser',
] as const

/** Why a user's data was not downloaded. */
export const DOWNLOAD_REFUSALS = ['different-browser'] as const

/** Why a return was not bound. Those up to `different-browser`, and `refused-by-agentcore`, look alike from outside. */
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
  /** It was settled before, otherwise than by being bound, or was deleted meanwhile. */
  'settled',
  /** Another return of the same consent consumed it first, or it was cancelled or the user session ended a moment ago. */
  'not-claimed',
  /** AgentCore refused it. */
  'refused-by-agentcore',
] as const
