import type { z } from 'zod'
import { toVendorError, VendorError } from './vendor-error.ts'

export interface VendorSettings {
  /** Without a slash at its end. Only a userinfo endpoint may have one. */
  url: string
  /** Of one request. */
  timeoutMs: number
}

/** @throws VendorError only */
export async function requireAnswer<Schema extends z.ZodType>(
  schema: Schema,
  ask: () => Promise<{ data: unknown }>,
): Promise<z.infer<Schema>> {
  const answer = await ask().catch((error) => {
    throw toVendorError(error)
  })
  const parsed = schema.safeParse(answer.data)
  if (!parsed.success) throw new VendorError('unavailable', undefined, 'UnreadableAnswer')
  return parsed.data
}

/** The model must not take a part of a list for all of it. */
export const moreIf = (isMore: boolean): { more?: true } => (isMore ? { more: true } : {})

/** A vendor's text may have any length. */
export const short = (text: string): string => (text.length > 200 ? `${text.slice(0, 199)}…` : text)
