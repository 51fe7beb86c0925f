const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'cookie',
  'authorization',
  'accessToken',
  'refreshToken',
  'idToken',
  'userToken',
  'workloadAccessToken',
  'authorizationUrl',
  'sessionUri',
  'state',
  'code',
  'password',
  'secret',
])

/** As deep as `{ request: { headers: { cookie } } }`. */
const LEVELS = 3

/**
 * What is to be logged, with nothing under the name of a secret, down to the third level. What has none is handed back as it
 * is, which is nearly always: to look is all that a line costs. Only plain objects and lists are shown: what else there is, a
 * request for instance, may have the same secrets under other names, and is shown as what it is an instance of. An `err` is
 * left to its serializer.
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
