import { z } from 'zod'
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

/**
 * A list of a vendor's answer. It is cut before its elements are checked, and the first that does not fit ends the check: the two issues that the
 * schema library makes for each wrong element would fill the memory.
 *
 * @param most how many are used; `more` says that there were others
 */
export const listOf = <Element extends z.ZodType>(element: Element, most: number) =>
  z.custom<readonly unknown[]>(Array.isArray).transform((all, context) => {
    const items: z.infer<Element>[] = []
    for (const one of all.slice(0, most)) {
      const { data, success } = element.safeParse(one)
      if (!success) {
        context.addIssue('an element does not fit')
        return z.NEVER
      }
      items.push(data)
    }
    return { items, ...moreIf(all.length > most) }
  })

/** The model must not take a part of a list for all of it. */
export const moreIf = (isMore: boolean): { more?: true } => (isMore ? { more: true } : {})

/** A vendor's text may have any length. */
export const short = (text: string): string => (text.length > 200 ? `${text.slice(0, 199)}…` : text)
