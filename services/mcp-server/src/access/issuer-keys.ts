import { isHttpsOrLoopback } from '@agent-identity/contracts'
import { type Clock, fetchSparingly } from '@agent-identity/service-runtime'
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose'
import { z } from 'zod'

const TIMEOUT_MS = 5_000
/** For this long after a failure the metadata is not requested again, however many calls come. */
const FAILURE_STANDS_MS = 5_000

const Metadata = z.object({
  issuer: z.string(),
  /** An attacker who changes the keys on their way to us can sign a token for every user. */
  jwks_uri: z.string().refine(isHttpsOrLoopback, 'The issuer’s keys are not behind TLS'),
})

/**
 * The issuer's signing keys, found by its metadata (OpenID Connect Discovery §4). The first call reads the metadata, so the service can
 * start while the issuer is away.
 */
export function createIssuerKeys(issuer: string, clock: Clock): () => Promise<JWTVerifyGetKey> {
  let found: Promise<JWTVerifyGetKey> | undefined
  let failedAt: number | undefined

  async function discover(): Promise<JWTVerifyGetKey> {
    const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error',
    })
    if (!response.ok) throw new Error(`The issuer’s metadata could not be read: ${response.status}`)
    const metadata = Metadata.parse(await response.json())
    // §4.3: otherwise another issuer's keys would be accepted for the tokens of this issuer.
    if (metadata.issuer !== issuer) throw new Error('The issuer’s metadata is of another issuer')
    return createRemoteJWKSet(new URL(metadata.jwks_uri), {
      timeoutDuration: TIMEOUT_MS,
      [customFetch]: fetchSparingly(clock),
    })
  }

  return async () => {
    if (failedAt !== undefined && clock() >= failedAt + FAILURE_STANDS_MS) {
      found = undefined
      failedAt = undefined
    }
    found ??= discover()
    const mine = found
    try {
      return await mine
    } catch (error) {
      if (found === mine) failedAt ??= clock()
      throw error
    }
  }
}
