export const SIGN_IN_REFUSALS = [
  'no-state',
  'unknown-state',
  'other-browser',
  'refused-by-issuer',
  'issuer-answer-not-valid',
  'issuer-unavailable',
  'erased',
  'ended-meanwhile',
] as const

export const LOGOUT_REFUSALS = [
  'not-a-logout-token',
  'wrong-signature',
  'wrong-issuer',
  'wrong-audience',
  /** `iat` or `exp` is missing or not acceptable. */
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
  /** Also another origin of the same site. */
  'another-site',
  'not-signed-in',
  'malformed',
  'different-user-session',
  'unknown-authorization',
  'different-user',
  /** Not the browser that signed in. */
  'different-browser',
  'other-consent-open',
  /** Its sealed authorization URL does not open. */
  'not-readable',
  'settled',
] as const
export type StartRefusal = (typeof START_REFUSALS)[number]

export const ERASURE_REFUSALS = [
  'not-an-administrator',
  'sign-in-too-old',
  /** Not the browser that signed in. */
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
  'never-started',
  'different-browser',
  'not-signed-in',
  'expired',
  /** Or its record is gone. */
  'settled',
  /** It passed the checks, and has changed since. */
  'not-claimed',
  'refused-by-agentcore',
  /** It came with another error than a denial. */
  'consent-failed',
] as const
