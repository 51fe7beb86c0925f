/** Fifty repositories of GitHub or a full page of a calendar are a tenth of it. */
export const MOST_BYTES_OF_AN_ANSWER = 4 * 1024 * 1024

/**
 * A fetch whose answer has an end: more than so many bytes, counted after decompression, is an error while it is read, and the
 * connection is closed. Two megabytes of gzip can be a gigabyte of text.
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
