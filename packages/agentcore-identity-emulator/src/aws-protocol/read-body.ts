import type { IncomingMessage } from 'node:http'
import { AwsError } from './errors.ts'

/** AWS's limit is not documented. */
const MAX_BYTES = 1024 * 1024

/** A compressed body is refused: a small one could unpack to a huge one. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const { 'content-encoding': encoding = 'identity', 'content-length': announced = '0' } = request.headers
  if (encoding.toLowerCase() !== 'identity') throw new AwsError('MalformedHttpRequestException', UNREADABLE)
  if (Number(announced) > MAX_BYTES) throw tooLarge()
  // The control routes' JSON parser has already read the body.
  if (request.readableEnded) return Buffer.alloc(0)
  const chunks: Buffer[] = []
  let length = 0
  await new Promise<void>((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > MAX_BYTES) {
        request.pause()
        reject(tooLarge())
      } else chunks.push(chunk)
    })
    request.once('end', resolve)
    request.once('close', () => {
      if (!request.complete) reject(new AwsError('MalformedHttpRequestException', UNREADABLE))
    })
  })
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
}

const UNREADABLE = 'The request could not be read'
const tooLarge = () => new AwsError('RequestEntityTooLargeException', 'The request body is too large')
