/** Why a vendor did not do what it was asked, as far as the user can be told. */
export type VendorRefusal =
  | 'token-rejected'
  | 'scope-missing'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'invalid'
  | 'rate-limited'

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
    response?: { headers?: VendorHeaders }
  }
  const status = typeof given === 'number' ? given : undefined
  return new VendorError(reasonOf(status, response?.headers), status, name)
}

function reasonOf(status: number | undefined, headers: VendorHeaders): VendorError['reason'] {
  if (status === 401) return 'token-rejected'
  if ((status === 403 || status === 404) && saysScopeIsMissing(headers)) return 'scope-missing'
  if (status === 403) return saysTooOften(headers) ? 'rate-limited' : 'forbidden'
  if (status === 404 || status === 410) return 'not-found'
  if (status === 409) return 'conflict'
  if (status === 429) return 'rate-limited'
  return status !== undefined && status >= 400 && status < 500 ? 'invalid' : 'unavailable'
}

type VendorHeaders = Pick<Headers, 'get'> | Record<string, unknown> | undefined

/** Octokit's are an object; Google's client has a `Headers` of a library's own, which is no instance of ours. */
const header = (headers: VendorHeaders, name: string): unknown =>
  (typeof headers?.get === 'function' ? headers.get(name) : (headers as Record<string, unknown>)?.[name]) ?? undefined

/** GitHub says it with 403 (docs: "Rate limits for the REST API"). */
const saysTooOften = (headers: VendorHeaders) =>
  header(headers, 'retry-after') !== undefined || String(header(headers, 'x-ratelimit-remaining')) === '0'

/**
 * The user granted less than was asked for, or took some of it back. Google says it as RFC 6750 §3.1 does; GitHub names
 * what it accepts beside what the token has, also with a 404 (docs: "Scopes for OAuth apps").
 */
function saysScopeIsMissing(headers: VendorHeaders): boolean {
  if (/error="?insufficient_scope/.test(String(header(headers, 'www-authenticate')))) return true
  const scopes = (name: string) =>
    String(header(headers, name) ?? '')
      .split(/[ ,]+/)
      .filter(Boolean)
  const accepted = scopes('x-accepted-oauth-scopes')
  const granted = scopes('x-oauth-scopes')
  return (
    accepted.length > 0 &&
    header(headers, 'x-oauth-scopes') !== undefined &&
    !accepted.some((one) => granted.includes(one))
  )
}
