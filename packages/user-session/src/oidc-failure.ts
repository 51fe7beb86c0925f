/** Errors of openid-client are not logged whole: their causes may contain whole answers, tokens included. */
interface Failure {
  name?: unknown
  code?: unknown
  message?: unknown
  error?: unknown
  status?: unknown
  cause?: unknown
}

const asFailure = (error: unknown): Failure => (typeof error === 'object' && error !== null ? error : {})

/** RFC 6749 §4.1.2.1 and §5.2. */
export function oauthErrorOf(error: unknown): string | undefined {
  const code = asFailure(error).error
  return typeof code === 'string' && /^[a-z_]{1,64}$/.test(code) ? code : undefined
}

const AWAY = ['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON']

/** RFC 6749 §4.1.2.1: they stand for the statuses 500 and 503, which a redirect cannot have. */
const AWAY_ERRORS = ['server_error', 'temporarily_unavailable']

/** An OAuth error, or a status alone, such as a 401 for our client. */
export const isRefusal = (error: unknown): boolean =>
  oauthErrorOf(error) !== undefined || typeof asFailure(error).status === 'number'

export function isIssuerAway(error: unknown): boolean {
  const { name, code, status } = asFailure(error)
  if (typeof code === 'string' && AWAY.includes(code)) return true
  if (typeof status === 'number' && (status >= 500 || status === 429)) return true
  if (AWAY_ERRORS.includes(oauthErrorOf(error) ?? '')) return true
  // The library also says so of an answer that was broken off while it was read.
  if (code === 'OAUTH_PARSE_ERROR') return causesOf(error).some(isBrokenOff)
  return isBrokenOff({ name, code })
}

function causesOf(error: unknown): Failure[] {
  const { cause } = asFailure(error)
  return cause === undefined ? [] : [asFailure(cause), ...causesOf(cause)]
}

/** `fetch` says of an answer that it is a TypeError without a code; the library's own have one. */
const isBrokenOff = ({ name, code }: Failure) =>
  name === 'TimeoutError' || name === 'AbortError' || (name === 'TypeError' && code === undefined)

/** For the log: codes and messages of the library and of the network, and OAuth's error code. */
export function describeFailure(error: unknown): Record<string, unknown> {
  const { name, code, message, status } = asFailure(error)
  const detail = causesOf(error).findLast((cause) => typeof cause.code === 'string')
  return {
    failure: name,
    ...(typeof code === 'string' ? { failureCode: code } : {}),
    ...(typeof status === 'number' ? { status } : {}),
    ...(oauthErrorOf(error) === undefined ? {} : { oauthError: oauthErrorOf(error) }),
    message,
    ...(detail ? { detail: detail.message, detailCode: detail.code } : {}),
  }
}
