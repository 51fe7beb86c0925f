import { z } from 'zod'
import { httpsOrLoopback, milliseconds } from './environment-fields.ts'
import { ProviderId } from './provider.ts'

export const RevocationFunctionEnvironment = z.object({
  PROVIDER: ProviderId,
  /** A name or ARN; the secret is `{"clientId":"…","clientSecret":"…"}`. */
  CLIENT_SECRET_ID: z.string().min(1),
  /** At GitHub `{client_id}` in it stands for the client's id. */
  REVOCATION_URL: httpsOrLoopback(z.url()),
  /** With a cold start and the read of the secret, it must be less than the caller's `VENDOR_TIMEOUT_MS`. */
  REVOCATION_TIMEOUT_MS: milliseconds.default(5_000),
})
export type RevocationFunctionEnvironment = z.infer<typeof RevocationFunctionEnvironment>
