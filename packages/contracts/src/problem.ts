import { z } from 'zod'
import { API_ERRORS, type ApiErrorCode } from './error-codes.ts'

/** An API error, RFC 9457. */
export const Problem = z.object({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(API_ERRORS) as [ApiErrorCode, ...ApiErrorCode[]]),
  requestId: z.string(),
  /** Our message, such as what was wrong with the request; never an exception's message. */
  detail: z.string().optional(),
})
export type Problem = z.infer<typeof Problem>
