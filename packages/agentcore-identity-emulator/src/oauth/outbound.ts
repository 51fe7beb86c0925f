import { VendorError } from './vendor-error.ts'

const MAX_BODY_BYTES = 1024 * 1024

export type Outbound = ReturnType<typeof createOutbound>
type Init = { method?: string; headers?: Record<string, string>; body?: URLSearchParams }

/**
 * Every request that leaves this server, to vendors and to issuers of users' JWTs: limited in time and size, and never
 * redirected, because a client secret must not follow a Location header.
 */
export function createOutbound({ timeoutSeconds }: { timeoutSeconds: number }) {
  async function boundedFetch(url: string, init: Init = {}): Promise<Response> {
    const response = await fetch(url, {
      ...init,
      headers: { ...init.headers, accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutSeconds * 1000),
    })
    return new Response(await readBounded(response), { status: response.status })
  }

  return {
    fetch: boundedFetch,

    /** A JSON object, or VendorError. */
    async requestJson(url: string, init: Init = {}): Promise<{ status: number; body: Record<string, unknown> }> {
      try {
        const response = await boundedFetch(url, init)
        return { status: response.status, body: parseObject(await response.text()) }
      } catch (cause) {
        throw new VendorError('no answer, or one that is not a JSON object', { cause })
      }
    },
  }
}

async function readBounded(response: Response) {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength
    if (length > MAX_BODY_BYTES) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  return new Blob(chunks).text()
}

/** JSON.parse quotes what it could not read, and that may be a token: its message goes nowhere. */
function parseObject(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error('the answer is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('the answer is not an object')
  return value as Record<string, unknown>
}
