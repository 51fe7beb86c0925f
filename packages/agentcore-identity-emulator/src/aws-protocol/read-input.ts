import type { IncomingMessage } from 'node:http'
import { ValidationException } from './errors.ts'

/** `undefined`: the body is not JSON. */
export type ParsedBody = { value: unknown } | undefined

export function parseBody(body: Uint8Array): ParsedBody {
  if (body.length === 0) return { value: {} }
  try {
    return { value: JSON.parse(utf8.decode(body)) }
  } catch {
    return undefined
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

export function readInput(
  { method, url = '' }: IncomingMessage,
  body: ParsedBody,
  resourceArn: string | undefined,
): unknown {
  if (body === undefined) throw new ValidationException('The request body is not valid JSON')
  if (resourceArn === undefined) return body.value
  const tagKeys = new URLSearchParams(url.split('?')[1] ?? '').getAll('tagKeys')
  return { ...Object(body.value), resourceArn, ...(method === 'DELETE' && tagKeys.length > 0 ? { tagKeys } : {}) }
}
