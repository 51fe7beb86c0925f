import { unknownHost, unreachable, VendorError } from './vendor-error.ts'

const MAX_BODY_BYTES = 1024 * 1024

export type Outbound = ReturnType<typeof createOutbound>
type Init = { method?: string; headers?: Record<string, string>; body?: URLSearchParams }

/** Redirects are not followed: a client secret must not go to the target of a Location header. */
export function createOutbound({ timeoutSeconds }: { timeoutSeconds: number }) {
  async function send(url: string, init: Init): Promise<{ status: number; text: string }> {
    try {
      const response = await fetch(url, {
        ...init,
        headers: { ...init.headers, accept: 'application/json' },
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutSeconds * 1000),
      })
      return { status: response.status, text: await readBounded(response) }
    } catch (error) {
      if (error instanceof VendorError) throw error
      throw isUnknownHost(error) ? unknownHost(new URL(url).hostname, error) : unreachable(error)
    }
  }

  return {
    async fetch(url: string): Promise<Response> {
      const { status, text } = await send(url, {})
      return new Response(text, { status })
    },

    /** @throws VendorError */
    async requestJson(url: string, init: Init = {}): Promise<{ status: number; body: Record<string, unknown> }> {
      const { status, text } = await send(url, init)
      return { status, body: parseObject(text) }
    },
  }
}

/** The name has no address (ENOTFOUND), or the resolver has failed for the moment (EAI_AGAIN). */
const isUnknownHost = (error: unknown) => ['ENOTFOUND', 'EAI_AGAIN'].includes(Object(Object(error).cause).code)

async function readBounded(response: Response) {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength
    if (length > MAX_BODY_BYTES) throw new VendorError('the answer is too large')
    chunks.push(chunk)
  }
  return new Blob(chunks).text()
}

/** JSON.parse quotes the invalid text, which may be a token: its message is dropped. */
function parseObject(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new VendorError('the answer is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new VendorError('the answer is not a JSON object')
  }
  return value as Record<string, unknown>
}
