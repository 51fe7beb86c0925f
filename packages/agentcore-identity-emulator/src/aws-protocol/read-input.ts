import type { Request } from 'express'
import { ValidationException } from './errors.ts'

/** The operation's input from where restJson1 puts it: the body, and for tags the path and the query. */
export function readInput(request: Request, body: Uint8Array, resourceArn: string | undefined): unknown {
  const fromBody = body.length === 0 ? {} : parseJson(body)
  if (resourceArn === undefined) return fromBody
  const tagKeys = new URLSearchParams(request.originalUrl.split('?')[1] ?? '').getAll('tagKeys')
  return { ...Object(fromBody), resourceArn, ...(request.method === 'DELETE' && tagKeys.length > 0 ? { tagKeys } : {}) }
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new ValidationException('The request body is not valid JSON')
  }
}
