/** Without case, `-` and `_`: headers, OAuth and AWS's API spell one name in three ways. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  ...[
    'cookie',
    'setcookie',
    'authorization',
    'proxyauthorization',
    'xamzsecuritytoken',
    'sessiontoken',
    'secretaccesskey',
  ],
  ...['token', 'accesstoken', 'refreshtoken', 'idtoken', 'idtokenhint', 'logouttoken', 'subjecttoken'],
  ...['usertoken', 'workloadaccesstoken', 'workloadidentitytoken', 'authorizationurl', 'sessionuri', 'sessionid'],
  ...['state', 'customstate', 'code', 'codeverifier', 'assertion', 'clientassertion'],
  ...['password', 'secret', 'clientsecret', 'apikey'],
])

const isSecret = (name: string) => SECRET_FIELDS.has(name.toLowerCase().replaceAll('-', '').replaceAll('_', ''))

/** Deep enough for `{ request: { headers: { cookie } } }`. A fixed depth also ends at an object that contains itself. */
const LEVELS = 3

/**
 * The fields to log, with secrets replaced. An object that is neither plain, a list nor a date becomes the name of its class: it may have secrets
 * under other names. So does any object below the third level. `err` is left to its serializer.
 */
export function withoutSecrets(fields: Record<string, unknown>): Record<string, unknown> {
  const { err, ...rest } = fields
  return err === undefined ? censored(fields, LEVELS) : { err, ...censored(rest, LEVELS) }
}

function censored<Fields extends object>(fields: Fields, levels: number): Fields {
  let copy: object | undefined
  for (const [name, value] of Object.entries(fields)) {
    const shown = isSecret(name) && value !== undefined ? '[redacted]' : within(value, levels - 1)
    if (shown === value) continue
    copy ??= Array.isArray(fields) ? [...fields] : { ...fields }
    Object.assign(copy, { [name]: shown })
  }
  return (copy as Fields | undefined) ?? fields
}

function within(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (levels === 0 || !isPlain(value)) return `[${value.constructor?.name ?? 'object'}]`
  return censored(value, levels)
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === Object.prototype || prototype === null
}
