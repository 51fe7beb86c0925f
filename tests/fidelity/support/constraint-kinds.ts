/** The constraints of `modelled-*.ts` are from botocore's service models (1.44.8): the emulator's own table would hide a missing constraint. */
export type Kind =
  | {
      kind: 'text'
      min?: number
      max?: number
      /** For lengths from `shortest` on: a value of this length that the pattern allows. */
      sample: (length: number) => string
      shortest?: number
      /** Values of an allowed length that the pattern forbids. */
      mismatches?: readonly string[]
      /** Further values that are accepted. */
      matches?: readonly string[]
    }
  | { kind: 'enum'; values: readonly string[] }
  | { kind: 'integer'; min: number; max: number }
  | { kind: 'boolean' }
  | { kind: 'list'; min?: number; max?: number; item: (index: number) => unknown; itemKind?: Kind }
  | { kind: 'map'; min?: number; max?: number; keyKind: Kind; valueKind: Kind }
  | { kind: 'structure'; required: readonly string[] }
  | { kind: 'union'; members: Readonly<Record<string, unknown>> }

export type Case = {
  side: 'refused' | 'accepted'
  what: string
  /** Undefined omits the member. */
  value: unknown
  /** The violation's path below the member. */
  at?: string
  message?: string
}

const refused = (what: string, value: unknown, message: string, at = ''): Case => ({
  side: 'refused',
  what,
  value,
  message,
  at,
})
const accepted = (what: string, value: unknown): Case => ({ side: 'accepted', what, value })

export function casesOf(kind: Kind): Case[] {
  switch (kind.kind) {
    case 'text':
      return textCases(kind)
    case 'enum': {
      const message = `Member must satisfy enum value set: [${kind.values.join(', ')}]`
      return [
        ...kind.values.map((value) => accepted(value, value)),
        refused('a value outside the set', 'Nothing', message),
        refused(
          'another case',
          kind.values[0]?.toUpperCase() === kind.values[0]
            ? kind.values[0]?.toLowerCase()
            : kind.values[0]?.toUpperCase(),
          message,
        ),
      ]
    }
    case 'integer':
      return [
        refused(`${kind.min - 1}`, kind.min - 1, `Member must have value greater than or equal to ${kind.min}`),
        accepted(`${kind.min}`, kind.min),
        accepted(`${kind.max}`, kind.max),
        refused(`${kind.max + 1}`, kind.max + 1, `Member must have value less than or equal to ${kind.max}`),
      ]
    case 'boolean':
      return [accepted('true', true), accepted('false', false)]
    case 'list':
      return listCases(kind)
    case 'map':
      return mapCases(kind)
    case 'structure':
      return []
    case 'union':
      return unionCases(kind.members)
  }
}

const longer = (min: number) => `Member must have length greater than or equal to ${min}`
const shorter = (max: number) => `Member must have length less than or equal to ${max}`

function textCases({ min, max, sample, shortest = 0, mismatches = [], matches = [] }: Kind & { kind: 'text' }): Case[] {
  const cases: Case[] = []
  if (min !== undefined && min > 0) {
    cases.push(refused(`${min - 1} characters`, sample(min - 1).slice(0, min - 1), longer(min)))
    if (min >= shortest) cases.push(accepted(`${min} characters`, sample(min)))
  } else cases.push(accepted('no characters', ''))
  if (max !== undefined) {
    cases.push(
      accepted(`${max} characters`, sample(max)),
      refused(`${max + 1} characters`, sample(max + 1), shorter(max)),
    )
  }
  const pattern = 'Member must satisfy regular expression pattern'
  cases.push(...mismatches.map((value) => refused(`the text ${JSON.stringify(value)}`, value, pattern)))
  cases.push(...matches.map((value) => accepted(`the text ${JSON.stringify(value)}`, value)))
  // An empty string is accepted only if no pattern forbids it.
  return mismatches.length > 0 && min === undefined ? cases.filter(({ what }) => what !== 'no characters') : cases
}

function listCases({ min, max, item, itemKind }: Kind & { kind: 'list' }): Case[] {
  const of = (length: number) => Array.from({ length }, (_, index) => item(index))
  const cases: Case[] = [accepted('one item', of(1))]
  if (min !== undefined && min > 0) cases.push(refused(`${min - 1} items`, of(min - 1), longer(min)))
  else cases.push(accepted('no items', []))
  if (max !== undefined) {
    cases.push(accepted(`${max} items`, of(max)), refused(`${max + 1} items`, of(max + 1), shorter(max)))
  }
  for (const one of itemKind ? casesOf(itemKind) : []) {
    cases.push({ ...one, what: `an item: ${one.what}`, value: [one.value], at: `.1.member${one.at ?? ''}` })
  }
  return cases
}

function mapCases({ min, max, keyKind, valueKind }: Kind & { kind: 'map' }): Case[] {
  const of = (length: number) => Object.fromEntries(Array.from({ length }, (_, index) => [`key${index}`, 'value']))
  const cases: Case[] = [accepted('one entry', of(1))]
  if (min !== undefined && min > 0) cases.push(refused(`${min - 1} entries`, of(min - 1), longer(min)))
  else cases.push(accepted('no entries', {}))
  if (max !== undefined) {
    cases.push(accepted(`${max} entries`, of(max)), refused(`${max + 1} entries`, of(max + 1), shorter(max)))
  }
  for (const one of casesOf(keyKind)) {
    cases.push({ ...one, what: `a key: ${one.what}`, value: { [String(one.value)]: 'value' }, at: '.key' })
  }
  for (const one of casesOf(valueKind)) {
    cases.push({ ...one, what: `a value: ${one.what}`, value: { key: one.value }, at: '.value' })
  }
  return cases
}

function unionCases(members: Readonly<Record<string, unknown>>): Case[] {
  const message = `Member must have exactly one of: [${Object.keys(members).join(', ')}]`
  const [first, second] = Object.entries(members)
  const cases = [
    refused('no member', {}, message),
    refused('an unknown member', { unknown: {} }, message),
    refused('a known and an unknown member', { ...Object.fromEntries([first ?? []]), unknown: {} }, message),
    ...Object.entries(members).map(([name, value]) => accepted(`the member ${name}`, { [name]: value })),
  ]
  if (first && second) cases.push(refused('two members', Object.fromEntries([first, second]), message))
  return cases
}
