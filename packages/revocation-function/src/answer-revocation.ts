import type { VendorRevocation } from '@agent-identity/contracts'
import type { OAuthClient, ProviderRevocation } from '@agent-identity/provider-kit'
import { z } from 'zod'

/** What the function is given: a token, and nothing about whose it is. */
export const RevocationEvent = z.strictObject({ accessToken: z.string().min(1).max(131_072) })

/** The function itself: a token in, the vendor's answer out. It asks the vendor as the OAuth client. */
export async function answerRevocation(
  event: unknown,
  {
    revocation,
    client,
    url,
    timeoutMs,
  }: {
    revocation: ProviderRevocation
    client: OAuthClient
    /** Where the vendor is asked, if not at the address that the provider names. */
    url?: string
    timeoutMs: number
  },
): Promise<{ outcome: VendorRevocation }> {
  const { data } = RevocationEvent.safeParse(event)
  if (!data || revocation.by !== 'client') return { outcome: 'refused' }
  const signal = AbortSignal.timeout(timeoutMs)
  return { outcome: await revocation.revoke(data.accessToken, { url: url ?? revocation.url, client, signal }) }
}
