import type { RevocationWay, VendorRevocation } from '@agent-identity/contracts'
import { z } from 'zod'
import type { OAuthClient } from './authorization-server.ts'
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

/** @returns the revocation address of an API at `at`; undefined when it does not follow from the API's, or there is none. */
export function revocationUrlAt(
  { apiUrl, revocation }: { apiUrl: string; revocation?: ProviderRevocation },
  at: string,
): string | undefined {
  if (!revocation || revocation.by === 'impossible') return undefined
  const base = at.replace(/\/$/, '')
  if (base === apiUrl) return revocation.url
  return revocation.url.startsWith(`${apiUrl}/`) ? base + revocation.url.slice(apiUrl.length) : undefined
}

/** 200 also for a token that has ended before (RFC 7009 §2.2). */
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
 * The errors of RFC 6749 §5.2 and RFC 7009 §2.2.1 that can be about the token (`invalid_client` cannot), and Google's `invalid_token`.
 */
const OAuthError = z.object({
  error: z.enum(['invalid_token', 'invalid_request', 'unauthorized_client', 'unsupported_token_type', 'invalid_grant']),
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
