export type VendorRefusal =
  | 'token-rejected'
  | 'scope-missing'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'invalid'
  | 'rate-limited'

/**
 * The library's error is not its cause: that error may contain the access token. The vendor's own text is dropped: a model could
 * follow it.
 */
export class VendorError extends Error {
  override name = 'VendorError'
  /** `unavailable`: the request may have been executed. */
  readonly reason: VendorRefusal | 'unavailable'
  /** For the log. */
  readonly status: number | undefined
  readonly errorName: string
  /** Of `not-found`: not all entries were searched. */
  readonly more: boolean
  /** Of a tool that changes something: it may have done so. */
  readonly mayHaveChanged: boolean

  constructor(
    reason: VendorRefusal | 'unavailable',
    status?: number,
    errorName = 'Error',
    { more, beforeChange }: { more?: true; beforeChange?: true } = {},
  ) {
    super(`The vendor's answer: ${reason}`)
    this.reason = reason
    this.status = status
    this.errorName = errorName
    this.more = more === true
    this.mayHaveChanged = reason === 'unavailable' && !beforeChange
  }
}

/** A failure below HTTP has no status, or 500 in some libraries. */
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

/** For what a tool reads before it changes something. @throws what `read` throws; a `VendorError` says that nothing was changed */
export async function readFirst<Answer>(read: () => Promise<Answer>): Promise<Answer> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof VendorError) || !error.mayHaveChanged) throw error
    throw new VendorError(error.reason, error.status, error.errorName, { beforeChange: true })
  }
}

function reasonOf(status: number | undefined, headers: VendorHeaders): VendorError['reason'] {
  if (status === 401) return 'token-rejected'
  if ((status === 403 || status === 404) && saysScopeIsMissing(headers)) return 'scope-missing'
  if (status === 403) return saysTooOften(headers) ? 'rate-limited' : 'forbidden'
  if (status === 404 || status === 410) return 'not-found'
  if (status === 409) return 'conflict'
  if (status === 429) return 'rate-limited'
  // Somebody stopped waiting: the request may have been executed.
  if (status === 408 || status === 499) return 'unavailable'
  return status !== undefined && status >= 400 && status < 500 ? 'invalid' : 'unavailable'
}

type VendorHeaders = Pick<Headers, 'get'> | Record<string, unknown> | undefined

/** The headers of some libraries are an object. */
const header = (headers: VendorHeaders, name: string): unknown =>
  (typeof headers?.get === 'function' ? headers.get(name) : (headers as Record<string, unknown>)?.[name]) ?? undefined

/** GitHub may report a rate limit with 403 (docs: "Rate limits for the REST API"). */
const saysTooOften = (headers: VendorHeaders) =>
  header(headers, 'retry-after') !== undefined || String(header(headers, 'x-ratelimit-remaining')) === '0'

/**
 * Google says so as in RFC 6750 §3.1. GitHub lists the accepted scopes beside the token's, also with a 404 (docs: "Scopes for OAuth
 * apps"). The empty list of a GitHub App's token says nothing.
 */
function saysScopeIsMissing(headers: VendorHeaders): boolean {
  if (/error="?insufficient_scope/.test(String(header(headers, 'www-authenticate')))) return true
  const scopes = (name: string) =>
    String(header(headers, name) ?? '')
      .split(/[ ,]+/)
      .filter(Boolean)
  const accepted = scopes('x-accepted-oauth-scopes')
  const granted = scopes('x-oauth-scopes')
  return accepted.length > 0 && granted.length > 0 && !accepted.some((one) => granted.includes(one))
}
