import { isHttpsOrLoopback } from '@agent-identity/contracts'
import { type Clock, fetchSparingly, type Logger, logoutTokenHash } from '@agent-identity/service-runtime'
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { TIMEOUT_SECONDS } from './lazy-discovery.ts'
import { isAuthorizedParty, isName } from './oidc-claims.ts'

/** With `sid`: one session at the issuer. With `subject` alone: all sessions of a user. At least one of the two is present. */
export interface EndedAtIssuer {
  issuer: string
  subject: string | undefined
  sid: string | undefined
}

export interface LogoutToken extends EndedAtIssuer {
  hash: string
}

/** The sender gets one answer for all except `issuer-unavailable`. */
export type LogoutTokenRefusal =
  | 'not-a-logout-token'
  | 'wrong-signature'
  | 'wrong-issuer'
  | 'wrong-audience'
  | 'not-fresh'
  | 'claims-not-valid'
  | 'issuer-unavailable'

export interface IssuerSignatures {
  issuer: string
  jwksUri: string | undefined
  /** The algorithms of ID tokens (Back-Channel Logout 1.0 §2.6). */
  algorithms: readonly string[] | undefined
}

export type ReadLogoutToken = (token: string) => Promise<LogoutToken | { refused: LogoutTokenRefusal }>

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** With the tolerance, the greatest age of an accepted token: it limits for how long an intercepted one can be used. */
export const LOGOUT_TOKEN_SECONDS = 300
export const CLOCK_TOLERANCE_SECONDS = 30

/** RFC 7518 §3.1 and EdDSA (RFC 8037, RFC 9864), without `none` and the symmetric ones, whose key would be the client's secret. */
const SIGNATURES = /^(RS|PS|ES)(256|384|512)$|^(EdDSA|Ed25519)$/

/**
 * OpenID Connect Back-Channel Logout 1.0 §2.6. Stricter: the type `logout+jwt` is required (OWASP ASVS 10.5.5), and the age is at most
 * {@link LOGOUT_TOKEN_SECONDS}, with a tolerance.
 */
export function createLogoutTokenReader(deps: {
  clientId: string
  signaturesOf(): Promise<IssuerSignatures | undefined>
  timeoutSeconds?: number | undefined
  clock: Clock
  log: Logger
}): ReadLogoutToken {
  const { clientId, timeoutSeconds = TIMEOUT_SECONDS, clock, log } = deps
  let keys: { uri: string; get: JWTVerifyGetKey } | undefined

  /** The keys are cached: forged tokens cause few requests. */
  function keysAt(uri: string): JWTVerifyGetKey {
    if (keys?.uri !== uri) {
      const options = { timeoutDuration: timeoutSeconds * 1_000, [customFetch]: fetchSparingly(clock) }
      keys = { uri, get: createRemoteJWKSet(new URL(uri), options) }
    }
    return keys.get
  }

  return async (token) => {
    const found = await deps.signaturesOf()
    const { issuer, jwksUri } = found ?? {}
    if (issuer === undefined || jwksUri === undefined || !isHttpsOrLoopback(jwksUri))
      return { refused: 'issuer-unavailable' }
    try {
      const { payload } = await jwtVerify(token, keysAt(jwksUri), {
        typ: 'logout+jwt',
        algorithms: (found?.algorithms ?? ['RS256']).filter((algorithm) => SIGNATURES.test(algorithm)),
        issuer,
        audience: clientId,
        requiredClaims: ['iat', 'exp'],
        maxTokenAge: LOGOUT_TOKEN_SECONDS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(clock()),
      })
      return fromClaims(payload, issuer, clientId)
    } catch (error) {
      const refused = refusalOf(error)
      // Only the library's constants are logged: other members may be parts of a token.
      log.warn({ refused, failure: (error as Error).name }, 'a logout token was not accepted')
      return { refused }
    }
  }
}

/** What the library does not check. */
function fromClaims(
  claims: JWTPayload,
  issuer: string,
  clientId: string,
): LogoutToken | { refused: LogoutTokenRefusal } {
  const { sub: subject, sid, jti, events, nonce, aud } = claims
  const severalAudiences = Array.isArray(aud) && aud.length > 1
  if (!isAuthorizedParty(claims, clientId) || (severalAudiences && claims.azp === undefined))
    return { refused: 'wrong-audience' }
  const event = isObject(events) ? events[LOGOUT_EVENT] : undefined
  // §2.4: with a nonce it could be confused with an ID token.
  if (!isObject(event) || nonce !== undefined || !isName(jti)) return { refused: 'claims-not-valid' }
  if ([subject, sid].some((name) => name !== undefined && !isName(name))) return { refused: 'claims-not-valid' }
  if (subject === undefined && sid === undefined) return { refused: 'claims-not-valid' }
  return { issuer, subject, sid: sid as string | undefined, hash: logoutTokenHash(issuer, jti) }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function refusalOf(error: unknown): LogoutTokenRefusal {
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
    return ofClaim(error.claim)
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return 'not-a-logout-token'
  const ofKeys = [errors.JWSSignatureVerificationFailed, errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys]
  if (ofKeys.some((kind) => error instanceof kind) || error instanceof errors.JOSEAlgNotAllowed)
    return 'wrong-signature'
  if (error instanceof errors.JOSENotSupported) return 'wrong-signature'
  return 'issuer-unavailable'
}

function ofClaim(claim: string): LogoutTokenRefusal {
  if (claim === 'typ') return 'not-a-logout-token'
  if (claim === 'iss') return 'wrong-issuer'
  if (claim === 'aud') return 'wrong-audience'
  return claim === 'iat' || claim === 'exp' ? 'not-fresh' : 'claims-not-valid'
}
