/** About ten times the longest usual answer. */
export const MOST_BYTES_OF_AN_ANSWER = 4 * 1024 * 1024

/**
 * More bytes than the limit, counted after decompression, are an error during the read: two megabytes of gzip can be a gigabyte of text.
 * Redirects are followed to any origin, unless `init` says otherwise.
 */
export async function fetchBounded(
  input: Parameters<typeof fetch>[0],
  init?: Parameters<typeof fetch>[1],
): Promise<Response> {
  const response = await fetch(input, init)
  if (response.body === null) return response
  let bytes = 0
  const body = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength
        if (bytes > MOST_BYTES_OF_AN_ANSWER) controller.error(new TypeError('The vendor’s answer is too long'))
        else controller.enqueue(chunk)
      },
    }),
  )
  const { status, statusText, headers } = response
  return new Response(body, { status, statusText, headers })
}
