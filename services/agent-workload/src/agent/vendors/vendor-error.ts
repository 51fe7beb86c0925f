/** Why a vendor did not do what it was asked, as far as the user can be told. */
export type VendorRefusal = 'token-rejected' | 'forbidden' | 'not-found' | 'conflict' | 'invalid' | 'rate-limited'

/**
 * A vendor's failure in our words. The library's error is not kept as its cause: it carries the request, and with it the
 * access token; and the vendor's own text is for nobody who obeys text.
 */
export class VendorError extends Error {
  override name = 'VendorError'
  /** `unavailable`: 5xx, no answer in time, none at all, or one that makes no sense. What was asked may have been done. */
  readonly reason: VendorRefusal | 'unavailable'
  /** For the log. */
  readonly status: number | undefined
  readonly errorName: string

  constructor(reason: VendorRefusal | 'unavailable', status?: number, errorName = 'Error') {
    super(`The vendor's answer: ${reason}`)
    this.reason = reason
    this.status = status
    this.errorName = errorName
  }
}

/** Octokit's and Google's errors both carry the status; a failure below HTTP carries none, or 500 by Octokit's habit. */
export function toVendorError(error: unknown): VendorError {
  if (error instanceof VendorError) return error
  const {
    status: given,
    name,
    response,
  } = (error ?? {}) as {
    status?: unknown
    name?: string
    response?: { headers?: Headers | Record<string, unknown> }
  }
  const status = typeof given === 'number' ? given : undefined
  return new VendorError(reasonOf(status, response?.headers), status, name)
}

function reasonOf(
  status: number | undefined,
  headers: Headers | Record<string, unknown> | undefined,
): VendorError['reason'] {
  if (status === 401) return 'token-rejected'
  if (status === 403) return saysTooOften(headers) ? 'rate-limited' : 'forbidden'
  if (status === 404 || status === 410) return 'not-found'
  if (status === 409) return 'conflict'
  if (status === 429) return 'rate-limited'
  return status !== undefined && status >= 400 && status < 500 ? 'invalid' : 'unavailable'
}

/** GitHub says it with 403 (docs: "Rate limits for the REST API"). */
function saysTooOften(headers: Headers | Record<string, unknown> | undefined): boolean {
  const value = (name: string) => (headers instanceof Headers ? headers.get(name) : headers?.[name]) ?? undefined
  return value('retry-after') !== undefined || String(value('x-ratelimit-remaining')) === '0'
}
