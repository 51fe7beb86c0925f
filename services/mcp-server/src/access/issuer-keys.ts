import type { Clock } from '@agent-identity/service-runtime'
import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose'
import { z } from 'zod'

const TIMEOUT_MS = 5_000
/** How long a failure stands: calls with any token cost an issuer that is away one request in this time. */
const FAILURE_STANDS_MS = 5_000

const Metadata = z.object({ issuer: z.string(), jwks_uri: z.url() })

/**
 * The issuer's signing keys, found by its metadata (OpenID Connect Discovery §4). The first call reads them, so the service starts while
 * the issuer is away. They are kept; a failure stands for five seconds. For a key id that it does not know, jose fetches the keys again,
 * at most twice a minute: forged tokens cost the issuer little.
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
    // §4.3: metadata of another issuer would vouch for its tokens.
    if (metadata.issuer !== issuer) throw new Error('The issuer’s metadata is of another issuer')
    return createRemoteJWKSet(new URL(metadata.jwks_uri), { timeoutDuration: TIMEOUT_MS })
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
