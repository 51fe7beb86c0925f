/** As we name them, as HTTP and OAuth do, and as AWS does. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  ...['cookie', 'Cookie', 'set-cookie', 'Set-Cookie', 'authorization', 'Authorization'],
  ...['token', 'accessToken', 'access_token', 'refreshToken', 'refresh_token', 'idToken', 'id_token'],
  ...['userToken', 'workloadAccessToken', 'workloadIdentityToken', 'authorizationUrl', 'sessionUri', 'session_id'],
  ...['state', 'code', 'codeVerifier', 'code_verifier'],
  ...['password', 'secret', 'clientSecret', 'client_secret', 'apiKey', 'api_key'],
])

/** Deep enough for `{ request: { headers: { cookie } } }`. */
const LEVELS = 3

/**
 * Down to the third level, a value under the name of a secret is replaced by `[redacted]`, and an object that is no plain one,
 * list or date (a request, for instance) by the name of its class: it may have the same secrets under other names. The serializer
 * of `err` handles errors.
 */
export function withoutSecrets(fields: Record<string, unknown>): Record<string, unknown> {
  const { err, ...rest } = fields
  return err === undefined ? censored(fields, LEVELS) : { err, ...censored(rest, LEVELS) }
}

function censored<Fields extends object>(fields: Fields, levels: number): Fields {
  let copy: object | undefined
  for (const [name, value] of Object.entries(fields)) {
    const shown = SECRET_FIELDS.has(name) && value !== undefined ? '[redacted]' : within(value, levels - 1)
    if (shown === value) continue
    copy ??= Array.isArray(fields) ? [...fields] : { ...fields }
    Object.assign(copy, { [name]: shown })
  }
  return (copy as Fields | undefined) ?? fields
}

function within(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (!isPlain(value)) return `[${value.constructor?.name ?? 'object'}]`
  return levels > 0 ? censored(value, levels) : value
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === Object.prototype || prototype === null
}
