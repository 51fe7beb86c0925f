import type { RevocationWay, VendorRevocation } from '@agent-identity/contracts'
import { z } from 'zod'
import { type OAuthClient, parametersOf } from './authorization-server.ts'
import { fetchWithinOrigin } from './fetch-within-origin.ts'

export interface RevocationRequest {
  url: string
  /** Given where the OAuth client has to ask. */
  client?: OAuthClient
  signal: AbortSignal
}

/**
 * Ends one access token, and perhaps others of the same grant. Does not throw. `revoked`: the vendor says that the token has ended.
 * `refused`: it says no, or cannot be asked; an error status alone may come from a proxy. Everything else is `unavailable`.
 */
export type Revoke = (accessToken: string, request: RevocationRequest) => Promise<VendorRevocation>

export type ProviderRevocation =
  | (RevocationWay & { by: 'token' | 'client'; url: string; revoke: Revoke })
  | (RevocationWay & { by: 'impossible' })

/**
 * @param own what the deployment's credential provider has instead of the definition's addresses.
 * @returns undefined also where the API is not at the vendor's server, and no other address is known: the vendor must not see another
 * server's tokens.
 */
export function revocationUrlOf(
  { apiUrl, revocation }: { apiUrl: string; revocation?: ProviderRevocation },
  { apiUrl: at = apiUrl, revocationUrl }: { apiUrl?: string | undefined; revocationUrl?: string | undefined } = {},
): string | undefined {
  if (!revocation || revocation.by === 'impossible') return undefined
  if (revocationUrl !== undefined) return revocationUrl
  const base = at.replace(/\/$/, '')
  if (base === apiUrl) return revocation.url
  if (revocation.url.startsWith(`${apiUrl}/`)) return base + revocation.url.slice(apiUrl.length)
  // There is no server of the vendor's to compare with: an address with parameters differs in each deployment, and `user-info` is no address.
  if (parametersOf(apiUrl).length > 0 || !URL.canParse(apiUrl)) return revocation.url
  return URL.canParse(at) && new URL(at).origin === new URL(apiUrl).origin ? revocation.url : undefined
}

/** A server answers 200 also for a token that had ended before (RFC 7009 §2.2). */
export const revokeByRfc7009: Revoke = (accessToken, { url, client, signal }) =>
  askToRevoke(
    url,
    {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...(client && basicAuthorization(client)) },
      body: new URLSearchParams({ token: accessToken, token_type_hint: 'access_token' }).toString(),
      signal,
    },
    async (response) => {
      if (response.status === 200) return 'revoked'
      if (response.status !== 400) return 'unavailable'
      const { error } = OAuthError.parse(await response.json())
      // Google says so of a token that has ended before.
      return error === 'invalid_token' ? 'revoked' : 'refused'
    },
  )

/**
 * The errors of RFC 6749 §5.2 and RFC 7009 §2.2.1 that can be about the token, and Google's `invalid_token`. `invalid_client` and
 * `unauthorized_client` are about the OAuth client: once that is mended, the vendor can end the token.
 */
const OAuthError = z.object({
  error: z.enum(['invalid_token', 'invalid_request', 'unsupported_token_type', 'invalid_grant']),
})

export const basicAuthorization = ({ clientId, clientSecret }: OAuthClient) => ({
  // RFC 6749 §2.3.1: each is form-encoded.
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}`,
})

/** When the request or `read` fails, the outcome is `unavailable`. */
export async function askToRevoke(
  url: string,
  init: RequestInit,
  read: (response: Response) => Promise<VendorRevocation>,
): Promise<VendorRevocation> {
  try {
    const response = await fetchWithinOrigin(url, init)
    const outcome = await read(response)
    if (!response.bodyUsed) await response.body?.cancel()
    return outcome
  } catch {
    return 'unavailable'
  }
}
