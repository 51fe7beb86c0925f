import type { VendorRevocation } from '@agent-identity/contracts'
import type { OAuthClient, ProviderRevocation } from '@agent-identity/provider-kit'
import { z } from 'zod'

export const RevocationEvent = z.strictObject({ accessToken: z.string().min(1).max(131_072) })

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
    /** In place of the provider's address. */
    url?: string
    timeoutMs: number
  },
): Promise<{ outcome: VendorRevocation }> {
  const { data } = RevocationEvent.safeParse(event)
  if (!data || revocation.by !== 'client') return { outcome: 'refused' }
  const signal = AbortSignal.timeout(timeoutMs)
  return { outcome: await revocation.revoke(data.accessToken, { url: url ?? revocation.url, client, signal }) }
}
