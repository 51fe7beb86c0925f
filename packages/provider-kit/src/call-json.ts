import type { z } from 'zod'
import { fetchWithinOrigin } from './fetch-within-origin.ts'
import { requireAnswer } from './vendor-answer.ts'

interface Call {
  /** With `keyHeader`: an API key, which this header carries. */
  accessToken: string
  keyHeader?: string
  signal: AbortSignal
  /** Timeout of the request, in milliseconds. */
  timeoutMs: number
  /** Sent with POST. Without `json` and `form` the request is a GET. */
  json?: unknown
  /** In the place of `json`. */
  form?: Readonly<Record<string, string>>
}

/**
 * For an API without a client library: a bearer token or a key, JSON, and a schema for the answer.
 *
 * @throws VendorError only
 */
export async function callJson<Schema extends z.ZodType>(
  schema: Schema,
  url: string,
  call: Call,
): Promise<z.infer<Schema>> {
  return (await callForJson(schema, url, call)).data
}

/** With the answer's headers, in which some vendors say which scopes the token has. */
export async function callForJson<Schema extends z.ZodType>(
  schema: Schema,
  url: string,
  call: Call,
): Promise<{ data: z.infer<Schema>; headers: Headers }> {
  const { accessToken, keyHeader, signal, timeoutMs, json, form } = call
  let answered = new Headers()
  const data = await requireAnswer(schema, async () => {
    const response = await fetchWithinOrigin(url, {
      headers: {
        ...(keyHeader === undefined ? { authorization: `Bearer ${accessToken}` } : { [keyHeader]: accessToken }),
        accept: 'application/json',
        ...(json === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
      },
      ...(json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) }),
      // `fetch` sets the content type of a form.
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
    answered = response.headers
    if (response.ok) return { data: await response.json() }
    await response.body?.cancel()
    const { status, headers } = response
    throw Object.assign(new Error('The API refuses'), { status, response: { headers } })
  })
  return { data, headers: answered }
}
