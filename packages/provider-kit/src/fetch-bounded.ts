/** What our tools show of an answer is a few kilobytes. */
export const MOST_BYTES_OF_AN_ANSWER = 256 * 1024

/** Of the answers that this process is reading, of all vendors: about as much as the longest answers to all calls of one provider. */
const MOST_BYTES_UNDER_WAY = 16 * 1024 * 1024

let bytesUnderWay = 0

/**
 * Reads the whole answer. More bytes than the limit, counted after decompression, are an error: two kilobytes of gzip can be two megabytes of text.
 * Redirects are followed to any origin, unless `init` says otherwise.
 *
 * @param mostBytes for a vendor whose answers are longer than what is used of them
 */
export async function fetchBounded(
  input: Parameters<typeof fetch>[0],
  init?: Parameters<typeof fetch>[1],
  mostBytes = MOST_BYTES_OF_AN_ANSWER,
): Promise<Response> {
  const response = await fetch(input, init)
  if (response.body === null) return response
  const { status, statusText, headers } = response
  return new Response(await readBounded(response.body, mostBytes), { status, statusText, headers })
}

async function readBounded(body: ReadableStream<Uint8Array>, mostBytes: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    // Leaving the loop cancels the request.
    for await (const chunk of body) {
      bytes += chunk.byteLength
      bytesUnderWay += chunk.byteLength
      if (bytes > mostBytes) throw new TypeError('The vendor’s answer is too long')
      if (bytesUnderWay > MOST_BYTES_UNDER_WAY) throw new TypeError('Too much is being read of vendors’ answers')
      chunks.push(chunk)
    }
  } finally {
    bytesUnderWay -= bytes
  }
  return Buffer.concat(chunks)
}
