import type { z } from 'zod'
import { fetchWithinOrigin } from './fetch-within-origin.ts'
import { requireAnswer } from './vendor-answer.ts'
import type { VendorError } from './vendor-error.ts'

interface Call {
  /** With `keyHeader`: an API key. */
  accessToken: string
  keyHeader?: string
  signal: AbortSignal
  timeoutMs: number
  json?: unknown
  form?: Readonly<Record<string, string>>
  /** Where the vendor's answers are longer than `MOST_BYTES_OF_AN_ANSWER`. */
  mostBytes?: number
  /**
   * For a vendor that says in the body what it refuses, also with status 200. Called with each body that is JSON, before the schema.
   *
   * @returns undefined when the body is no refusal, or says less than the status
   */
  refusalIn?(body: unknown, status: number): VendorError | undefined
}

/** @throws VendorError only */
export async function callJson<Schema extends z.ZodType>(
  schema: Schema,
  url: string,
  call: Call,
): Promise<z.infer<Schema>> {
  return (await callForJson(schema, url, call)).data
}

/** Returns the headers, too: some vendors say there which scopes the token has. */
export async function callForJson<Schema extends z.ZodType>(
  schema: Schema,
  url: string,
  call: Call,
): Promise<{ data: z.infer<Schema>; headers: Headers }> {
  const { accessToken, keyHeader, signal, timeoutMs, json, form, mostBytes, refusalIn } = call
  let answered = new Headers()
  const data = await requireAnswer(schema, async () => {
    const request = {
      headers: {
        ...(keyHeader === undefined ? { authorization: `Bearer ${accessToken}` } : { [keyHeader]: accessToken }),
        accept: 'application/json',
        ...(json === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
      },
      ...(json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) }),
      // `fetch` sets the content type of a form.
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    }
    const response = await fetchWithinOrigin(url, request, mostBytes)
    const { ok, status, headers } = response
    answered = headers
    // A refusal may have any body.
    const body: unknown = await response.json().catch((error) => {
      if (ok) throw error
    })
    const refusal = body === undefined ? undefined : refusalIn?.(body, status)
    if (refusal) throw refusal
    if (ok) return { data: body }
    throw Object.assign(new Error('The API refuses'), { status, response: { headers } })
  })
  return { data, headers: answered }
}
