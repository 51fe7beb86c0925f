import type { z } from 'zod'
import { fetchWithinOrigin } from './fetch-within-origin.ts'
import { requireAnswer } from './vendor-answer.ts'

interface Call {
  /** With `keyHeader`: an API key. */
  accessToken: string
  keyHeader?: string
  signal: AbortSignal
  timeoutMs: number
  json?: unknown
  form?: Readonly<Record<string, string>>
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
