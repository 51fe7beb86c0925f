import { ApiError, type Clock, type Logger } from '@agent-identity/service-runtime'
import { type AuthInfo, OAuthError, OAuthErrorCode, type OAuthTokenVerifier } from '@modelcontextprotocol/server'
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { isTokenOfClient } from './token-of-client.ts'

/** For the log: the answer is the same for all of them. */
export type AccessTokenRefusal =
  | 'not-a-token'
  | 'wrong-signature'
  | 'wrong-issuer'
  | 'expired'
  | 'not-yet-valid'
  | 'no-expiry'
  | 'claims-not-valid'
  | 'not-an-access-token'
  | 'wrong-audience'
  | 'no-audience'
  | 'unknown-client'
  | 'no-subject'
  | 'no-user'

/**
 * Only asymmetric ones (RFC 7518 §3.1, RFC 8037, RFC 9864): with `none` anybody could make a token, and with a symmetric one anybody who
 * knows the public key.
 */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
/** For `nbf` only: the SDK refuses an expired token without tolerance. */
const CLOCK_TOLERANCE_SECONDS = 30

/**
 * The checks of MCP authorization, RFC 8707, and RFC 9068 §4 without `typ`. The audience is checked where the issuer writes one: Cognito
 * does so only for resource indicators. The scope, and whether the user was erased, are checked in require-access-token.ts. Keys that cannot
 * be read are an ApiError and no refusal: nothing is known of the token then.
 */
export function createAccessTokenVerifier(settings: {
  issuer: string
  audience: string
  /** Empty: any client of the issuer, and then there must be an audience. */
  clientIds: readonly string[]
  keys(): Promise<JWTVerifyGetKey>
  clock: Clock
  log: Pick<Logger, 'info' | 'warn'>
}): OAuthTokenVerifier {
  const { issuer, audience, clientIds, clock, log } = settings

  async function payloadOf(token: string): Promise<JWTPayload | AccessTokenRefusal> {
    const keys = await settings.keys()
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ALGORITHMS,
        issuer,
        requiredClaims: ['exp'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(clock()),
      })
      return (payload.exp ?? 0) * 1_000 > clock() ? payload : 'expired'
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal) return refusal
      throw error
    }
  }

  return {
    async verifyAccessToken(token): Promise<AuthInfo> {
      const payload = await payloadOf(token).catch((err) => {
        log.warn({ err }, 'the issuer’s keys could not be read')
        throw new ApiError('temporarily_unavailable', undefined, { cause: err })
      })
      const refusal = typeof payload === 'string' ? payload : refusedClaims(payload, audience, clientIds)
      if (typeof payload === 'string' || refusal) {
        log.info({ refusal }, 'an access token was not taken')
        throw new OAuthError(OAuthErrorCode.InvalidToken, 'The access token is not valid here')
      }
      return {
        token,
        clientId: clientOf(payload) ?? '',
        scopes: scopesOf(payload),
        expiresAt: payload.exp ?? 0,
        // A token without `iat` counts as issued before every erasure.
        extra: { issuer, subject: payload.sub, issuedAt: (payload.iat ?? 0) * 1_000 },
      }
    },
  }
}

const OF_CLAIM: Readonly<Record<string, AccessTokenRefusal>> = {
  iss: 'wrong-issuer',
  exp: 'no-expiry',
  nbf: 'not-yet-valid',
}

function refusalOf(error: unknown): AccessTokenRefusal | undefined {
  if (error instanceof errors.JWTExpired) return 'expired'
  if (error instanceof errors.JWTClaimValidationFailed) return OF_CLAIM[error.claim] ?? 'claims-not-valid'
  // `JWKSMultipleMatchingKeys`: the token does not name its key, and several match.
  const isUnsigned = [
    errors.JWSSignatureVerificationFailed,
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
  ].some((kind) => error instanceof kind)
  if (isUnsigned) return 'wrong-signature'
  const isMalformed = [errors.JWSInvalid, errors.JWTInvalid, errors.JOSEAlgNotAllowed, errors.JOSENotSupported]
  return isMalformed.some((kind) => error instanceof kind) ? 'not-a-token' : undefined
}

/** The token's signature has been verified before. */
export function refusedClaims(
  payload: JWTPayload,
  audience: string,
  clientIds: readonly string[],
): AccessTokenRefusal | undefined {
  // Signs of an ID token: `token_use` at Cognito, elsewhere a nonce or a hash of the access token.
  const { token_use: use = 'access' } = payload
  if (use !== 'access' || 'nonce' in payload || 'at_hash' in payload) return 'not-an-access-token'
  const audiences = [payload.aud ?? []].flat()
  if (audiences.length > 0 && !audiences.includes(audience)) return 'wrong-audience'
  if (audiences.length === 0 && clientIds.length === 0) return 'no-audience'
  const client = clientOf(payload)
  if (client === undefined || (clientIds.length > 0 && !clientIds.includes(client))) return 'unknown-client'
  if (typeof payload.sub !== 'string' || payload.sub === '') return 'no-subject'
  return isTokenOfClient(payload, clientIds) ? 'no-user' : undefined
}

/** RFC 9068 §2.2, OpenID Connect's `azp`, or Okta's `cid`. */
function clientOf({ client_id: clientId, azp, cid }: JWTPayload): string | undefined {
  const client = clientId ?? azp ?? cid
  return typeof client === 'string' && client !== '' && client.length <= 2_048 ? client : undefined
}

/** `scope`: RFC 9068 §2.2.3. `scp`: a list at Okta, a string at Entra ID. */
function scopesOf({ scope, scp }: JWTPayload): string[] {
  const scopes = scope ?? scp
  if (Array.isArray(scopes)) return scopes.filter((one) => typeof one === 'string')
  return typeof scopes === 'string' ? scopes.split(' ') : []
}
