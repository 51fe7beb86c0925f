import type { Problem } from '@agent-identity/contracts'
import { END_USER, ME } from './routes.ts'
import { noteServerTime } from './server-clock.ts'
import { REQUEST_PROBLEMS, type RequestProblemCode } from './words.ts'

const REQUEST_TIMEOUT_MS = 20_000
/** Longer than the load balancer and CloudFront of this repository wait (60 s): their error arrives first. */
const ERASURE_TIMEOUT_MS = 75_000
const timeoutOf = (path: string) => (path === ME || path === END_USER ? ERASURE_TIMEOUT_MS : REQUEST_TIMEOUT_MS)

export interface RequestProblem {
  code: RequestProblemCode
  requestId?: string
}
export type Answer<T> = { ok: true; body: T } | { ok: false; problem: RequestProblem }

/** Every failure, also of the network, is returned as a code. */
export async function callApi<T>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer<T>> {
  try {
    const response = await fetch(path, {
      method,
      cache: 'no-store',
      redirect: 'error',
      headers: { Accept: 'application/json', ...(body ? { 'Content-Type': 'application/json' } : {}), ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(timeoutOf(path)),
    })
    noteServerTime(response.headers.get('Date'))
    const text = await response.text()
    if (!response.ok) return { ok: false, problem: problemOf(response.status, text) }
    return { ok: true, body: (text === '' ? undefined : JSON.parse(text)) as T }
  } catch {
    return { ok: false, problem: { code: 'network_lost' } }
  }
}

/** A load balancer or a firewall may answer in HTML. */
function problemOf(status: number, text: string): RequestProblem {
  try {
    const { code, requestId } = JSON.parse(text) as Partial<Problem>
    if (code !== undefined && Object.hasOwn(REQUEST_PROBLEMS, code))
      return { code, ...(typeof requestId === 'string' ? { requestId } : {}) }
  } catch {
    // Not JSON.
  }
  return { code: codeOfStatus(status) }
}

function codeOfStatus(status: number): RequestProblemCode {
  switch (status) {
    case 401:
      return 'not_signed_in'
    case 404:
      return 'not_found'
    case 413:
      return 'payload_too_large'
    case 429:
      return 'too_many_requests'
    case 502:
    case 503:
    case 504:
      return 'temporarily_unavailable'
    default:
      return 'internal_error'
  }
}
