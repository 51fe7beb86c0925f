export const SIGN_IN_REFUSALS = [
  'no-state',
  /** Also of another browser. */
  'unknown-state',
  'replayed',
  'refused-by-issuer',
  'issuer-answer-not-valid',
  'issuer-unavailable',
  'erased',
  /** The new user session was ended before its tokens were stored. */
  'ended-meanwhile',
] as const

export const LOGOUT_REFUSALS = [
  'not-a-logout-token',
  'wrong-signature',
  'wrong-issuer',
  'wrong-audience',
  /** The claim `iat` or `exp` is missing or not acceptable. */
  'not-fresh',
  'claims-not-valid',
  'replayed',
  'issuer-unavailable',
] as const

/** Of a refresh token, at the sign-in issuer (RFC 7009). */
export const REVOCATION_OUTCOMES = ['revoked', 'not-offered', 'refused', 'unavailable'] as const

/** Of an access token, at the vendor. */
export const VENDOR_REVOCATIONS = ['revoked', 'refused', 'unavailable'] as const
export type VendorRevocation = (typeof VENDOR_REVOCATIONS)[number]

export const START_REFUSALS = [
  /** Also another origin of the same site, and a `start-instead` that our own page did not post. */
  'another-site',
  'not-signed-in',
  'malformed',
  'different-user-session',
  'unknown-authorization',
  'different-user',
  /** Not the browser that signed in. */
  'different-browser',
  'other-consent-open',
  /** A browser fetches the link ahead of its user. */
  'prefetched',
  /** Its link was opened too often. */
  'too-often',
  /** AgentCore was asked, and has refused. */
  'refused-by-agentcore',
  'settled',
] as const
export type StartRefusal = (typeof START_REFUSALS)[number]

export const ERASURE_REFUSALS = [
  'not-an-administrator',
  'sign-in-too-old',
  /** Not the browser that signed in: the user session's cookie may have been copied. */
  'different-browser',
] as const

export const DOWNLOAD_REFUSALS = ['different-browser'] as const

export const BINDING_REFUSALS = [
  'malformed',
  'unknown-authorization',
  'different-user',
  'different-user-session',
  'different-state',
  'different-session-uri',
  'different-browser',
  'not-signed-in',
  'expired',
  /** The authorization had failed, expired or been cancelled, or its record was deleted during the return. */
  'settled',
  /** The return passed the checks, but the record was changed or deleted since, or the user session has ended. */
  'not-claimed',
  'refused-by-agentcore',
  /** The return came with another error than a denial. */
  'consent-failed',
] as const
