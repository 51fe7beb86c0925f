import type { JWTPayload, JWTVerifyGetKey } from 'jose'
import { AwsError } from '../aws-protocol/errors.ts'
import type { Outbound } from '../oauth/outbound.ts'
import type { UrlPolicy } from '../url-policy.ts'
import { unverifiedClaims } from './unverified-claims.ts'

/** Asymmetric only: with a symmetric algorithm the public key could be used as the secret. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
const KEYS_MAX_AGE_MS = 10 * 60 * 1000
const MAX_ISSUERS = 100

export type UserTokenClaims = JWTPayload & { iss: string; sub: string }

/** The API has no list of issuers: every issuer is accepted that the URL policy allows. */
export function createUserTokens(options: {
  urlPolicy: UrlPolicy
  outbound: Outbound
  minimumSecondsLeft: number
  wallNow: () => number
}) {
  const keysByIssuer = new Map<string, { keys: Promise<JWTVerifyGetKey>; until: number }>()

  function keysOf(issuer: string): Promise<JWTVerifyGetKey> {
    const cached = keysByIssuer.get(issuer)
    if (cached && options.wallNow() < cached.until) return cached.keys
    const keys = discoverKeys(issuer, options)
    keysByIssuer.delete(issuer)
    keysByIssuer.set(issuer, { keys, until: options.wallNow() + KEYS_MAX_AGE_MS })
    if (keysByIssuer.size > MAX_ISSUERS) keysByIssuer.delete(keysByIssuer.keys().next().value as string)
    // A failure is not kept: the issuer may still be starting.
    keys.catch(() => keysByIssuer.delete(issuer))
    return keys
  }

  return {
    /** @throws UnauthorizedException */
    async verify(userToken: string): Promise<UserTokenClaims> {
      try {
        const { iss } = unverifiedClaims(userToken)
        if (typeof iss !== 'string') throw new Error('no issuer')
        const { jwtVerify } = await loadJose()
        const { payload } = await jwtVerify(userToken, await keysOf(iss), {
          algorithms: ALGORITHMS,
          issuer: iss,
          requiredClaims: ['exp', 'sub'],
          currentDate: new Date(options.wallNow()),
        })
        if (typeof payload.sub !== 'string' || payload.sub === '') throw new Error('no subject')
        const secondsLeft = (payload.exp as number) - options.wallNow() / 1000
        if (secondsLeft < options.minimumSecondsLeft) throw new Error('expires too soon')
        return payload as UserTokenClaims
      } catch (cause) {
        throw invalidUserToken(cause)
      }
    },

    /** Only for a token whose signature was checked before: this method does not check it. */
    requireUnexpired(userToken: string) {
      const { exp } = unverifiedClaims(userToken)
      if (typeof exp !== 'number' || options.wallNow() >= exp * 1000) throw invalidUserToken()
    },
  }
}

export type UserTokens = ReturnType<typeof createUserTokens>

/** A static import of `jose` would delay every start. */
const loadJose = () => import('jose')

const invalidUserToken = (cause?: unknown) =>
  new AwsError('UnauthorizedException', 'The user token is invalid or has expired', { cause })

async function discoverKeys(
  issuer: string,
  { urlPolicy, outbound }: { urlPolicy: UrlPolicy; outbound: Outbound },
): Promise<JWTVerifyGetKey> {
  if (!urlPolicy.allows(issuer)) throw new Error('the issuer is neither on HTTPS nor on an allowed plain HTTP host')
  const { status, body } = await outbound.requestJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  if (status !== 200) throw new Error(`discovery answered ${status}`)
  // OpenID Connect Discovery §4.3: the document must name exactly the issuer it was fetched for.
  if (body.issuer !== issuer) throw new Error('discovery names another issuer')
  if (typeof body.jwks_uri !== 'string' || !urlPolicy.allows(body.jwks_uri)) throw new Error('no usable jwks_uri')
  const { createRemoteJWKSet, customFetch } = await loadJose()
  return createRemoteJWKSet(new URL(body.jwks_uri), {
    cooldownDuration: 1000,
    cacheMaxAge: KEYS_MAX_AGE_MS,
    [customFetch]: (url: string) => outbound.fetch(url),
  })
}
