import type { RevocationWay, VendorRevocation } from '@agent-identity/contracts'
import { z } from 'zod'
import type { OAuthClient } from './authorization-server.ts'
import { fetchWithinOrigin } from './fetch-within-origin.ts'

export interface RevocationRequest {
  url: string
  /** Of the OAuth client that the token was given to, where it is the client that has to ask. */
  client?: OAuthClient
  signal: AbortSignal
}

/**
 * One request to end one access token; other tokens of the same consent may end with it. Never throws. `revoked` only when the
 * vendor says that it has ended, now or before; an answer that makes no sense is `unavailable`, and asked for again.
 */
export type Revoke = (accessToken: string, request: RevocationRequest) => Promise<VendorRevocation>

/** How a provider's access tokens end: its folder says so. */
export type ProviderRevocation =
  | (RevocationWay & { by: 'token' | 'client'; url: string; revoke: Revoke })
  | (RevocationWay & { by: 'impossible' })

/** OAuth 2.0 Token Revocation: a form with the token in it; 200 also for a token that was none any more (RFC 7009 §2.2). */
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
      // Google's way to say that it has ended before.
      const ended = response.status === 400 && Ended.safeParse(await response.json().catch(() => undefined)).success
      return ended ? 'revoked' : refusedOrUnavailable(response)
    },
  )

const Ended = z.object({ error: z.literal('invalid_token') })

export const basicAuthorization = ({ clientId, clientSecret }: OAuthClient) => ({
  // Form-encoded first (RFC 6749 §2.3.1).
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}`,
})

/** Reads the answer, whatever it is, and lets go of its connection. */
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

/** "Too often" and "too slow" are no refusals. */
export const refusedOrUnavailable = ({ status }: Response): VendorRevocation =>
  status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'refused' : 'unavailable'
