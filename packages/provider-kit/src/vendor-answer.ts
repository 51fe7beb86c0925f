import type { z } from 'zod'
import { toVendorError, VendorError } from './vendor-error.ts'

export interface VendorSettings {
  url: string
  /** Longest time for one request, in milliseconds. */
  timeoutMs: number
}

/**
 * The part of an answer that is understood, checked: a status of 200 says nothing about what came with it.
 *
 * @throws VendorError and nothing else
 */
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

/** Vendor's text on its way to the model: data, and not too much of it. */
export const short = (text: string): string => (text.length > 200 ? `${text.slice(0, 199)}…` : text)
