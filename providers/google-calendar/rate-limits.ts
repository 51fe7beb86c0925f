import { VendorError } from '@agent-identity/provider-kit'
import { z } from 'zod'

/** With 403 or 429 (guides "Handle API errors" and "Manage quotas" of the Calendar API). */
const LIMITS = ['rateLimitExceeded', 'userRateLimitExceeded', 'quotaExceeded', 'dailyLimitExceeded']

const Limited = z.object({
  status: z.literal(403),
  response: z.object({
    data: z.object({ error: z.object({ errors: z.tuple([z.object({ reason: z.enum(LIMITS) })], z.unknown()) }) }),
  }),
})

/** For `catch`: a 403 is a missing right unless its body names a limit. @throws always */
export function unlessTooOften(error: unknown): never {
  throw Limited.safeParse(error).success ? new VendorError('rate-limited', 403, 'GaxiosError') : error
}
