/** `{name}` is a variable of the replay, `<kind>` any value of that form. */
const KINDS: Readonly<Record<string, string>> = {
  uuid: '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}',
  hex8: '[0-9a-f]{8}',
  suffix: '[0-9A-Za-z]{6}',
  token: '[0-9A-Za-z._~+/=-]+',
  escaped: '[0-9A-Za-z._~%-]+',
  text: '.+',
}

/** Epoch seconds in scientific notation, to the millisecond. */
const EPOCH = /^1\.\d{1,12}E9$/

/** A number in its original spelling: `1.79E9` and `1790000000` are the same number. */
class NumberInText {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }
}

type Reviver = (key: string, value: unknown, context: { source: string }) => unknown

export function readJson(text: string): unknown {
  const keepNumbers: Reviver = (_key, value, { source }) =>
    typeof value === 'number' ? new NumberInText(source) : value
  return JSON.parse(text, keepNumbers as (key: string, value: unknown) => unknown)
}

export function fill<T>(template: T, variables: ReadonlyMap<string, string>): T {
  if (typeof template === 'string') {
    return template.replace(/\{(\w+)\}/g, (_whole, name: string) => {
      const value = variables.get(name)
      if (value === undefined) throw new Error(`The recording uses {${name}}, which no step saves`)
      return value
    }) as T
  }
  if (Array.isArray(template)) return template.map((item) => fill(item, variables)) as T
  if (typeof template !== 'object' || template === null) return template
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, fill(value, variables)])) as T
}

/** One line each. Additional members are a difference, and so is null instead of absent. */
export function differences(recorded: unknown, seen: unknown, path = 'body'): string[] {
  if (recorded === '<epoch>') {
    const isEpoch = seen instanceof NumberInText && EPOCH.test(seen.source)
    return isEpoch ? [] : [`${path}: not epoch seconds as recorded: ${show(seen)}`]
  }
  if (typeof recorded === 'string') {
    return typeof seen === 'string' && matches(recorded, seen) ? [] : [`${path}: ${recorded} ≠ ${show(seen)}`]
  }
  if (typeof recorded !== 'object' || recorded === null) {
    const value = seen instanceof NumberInText ? Number(seen.source) : seen
    return recorded === value ? [] : [`${path}: ${show(recorded)} ≠ ${show(seen)}`]
  }
  if (typeof seen !== 'object' || seen === null || Array.isArray(recorded) !== Array.isArray(seen)) {
    return [`${path}: ${show(recorded)} ≠ ${show(seen)}`]
  }
  const [expected, actual] = [new Map(Object.entries(recorded)), new Map(Object.entries(seen))]
  const missing = [...expected.keys()].filter((key) => !actual.has(key)).map((key) => `${path}.${key}: absent`)
  const extra = [...actual.keys()].filter((key) => !expected.has(key)).map((key) => `${path}.${key}: not recorded`)
  const both = [...expected].filter(([key]) => actual.has(key))
  return [
    ...missing,
    ...extra,
    ...both.flatMap(([key, value]) => differences(value, actual.get(key), `${path}.${key}`)),
  ]
}

export function matches(recorded: string, seen: string): boolean {
  const parts = recorded.split(/<(\w+)>/).map((part, index) => {
    if (index % 2 === 0) return part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    const kind = KINDS[part]
    if (kind === undefined) throw new Error(`<${part}> is no form that a recording can name`)
    return `(?:${kind})`
  })
  return new RegExp(`^${parts.join('')}$`).test(seen)
}

const show = (value: unknown) =>
  value instanceof NumberInText ? value.source : (JSON.stringify(value) ?? 'absent').slice(0, 300)
