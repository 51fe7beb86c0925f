import { RECORDS, type RecordField, type RecordKind } from '@agent-identity/contracts'
import type { Redis } from 'ioredis'
import { at } from './model.ts'

/** No way writes a value that was not in Redis before. */
export const WAYS = [
  'swaps',
  'copies',
  'deletes',
  'puts back',
  'copies from any field',
  'copies the whole record',
  'puts back the whole record',
] as const
export type Way = (typeof WAYS)[number]

export interface Written {
  field: PlayedField
  way: Way
  /** Index among the records of this kind. */
  target: number
  source: number
  /** Index among the values that the writer has seen; for the field `*`, also among the record's fields. */
  pick: number
}

export interface PlayedField {
  kind: RecordKind
  field: RecordField['field']
}

/** Keys that the writer leaves alone, with the reasons. It changes all other kinds of the contract, new ones included. */
const NOT_PLAYED = [
  // No turn runs here.
  /\{conversation\}|^(confirming-turns|turn-work|confirmation-expiries):/,
  // An entry only makes a replica look at a start, and the command `settle` does the same.
  /^(binding-notifications|due):/,
  // A sign-in begins and ends within one command. The others make no user session and no start valid.
  /^(consumed-sign-in|rate-limit):|:refresh-lock$/,
  // Here the issuer ends no user sessions, and no user is erased.
  /^(user-sessions-of-user|user-sessions-of-issuer-session|logout-token):/,
  // No user disconnects here.
  /^left-token:/,
  // No MCP server runs here.
  /^mcp-effects:/,
  // Here no user is erased or downloads their data.
  /^(erasure|erasures-due|conversations-of-user):/,
  // No tool runs here.
  /^connection-uses:/,
]

export const PLAYED: readonly PlayedField[] = RECORDS.filter(
  ({ key }) => !NOT_PLAYED.some((pattern) => pattern.test(key)),
).flatMap((kind) => kind.fields.map(({ field }) => ({ kind, field })))

export const nameOf = ({ kind, field }: PlayedField): string => `${field} of ${kind.key}`

/** The contract's field name for the value of a string. */
const WHOLE = 'value'
/** And for a member of a sorted set: the writer changes scores, and adds members of any such set. */
const ELEMENT = 'element'

type Fields = Map<string, string[]>

export function createRedisWriter(redis: Redis) {
  /** Values by key, then by field, the oldest first. */
  const seen = new Map<string, Fields>()

  function remember(key: string, field: string, value: string): void {
    const fields: Fields = seen.get(key) ?? new Map()
    const values = fields.get(field) ?? []
    if (!values.includes(value)) values.push(value)
    seen.set(key, fields.set(field, values))
  }

  async function look(): Promise<void> {
    for (const key of (await redis.keys('*')).sort()) {
      const kind = PLAYED.find((one) => patternOf(one.kind).test(key))?.kind
      if (!kind) continue
      const read = await fieldsIn(kind, key)
      for (const [field, value] of Object.entries(read)) remember(key, field, value)
    }
  }

  async function fieldsIn(kind: RecordKind, key: string): Promise<Record<string, string>> {
    if (isString(kind)) return { [WHOLE]: (await redis.get(key)) ?? '' }
    if (!isIndex(kind)) return redis.hgetall(key)
    const scored = await redis.zrange(key, 0, -1, 'WITHSCORES')
    return Object.fromEntries(scored.flatMap((member, n) => (n % 2 === 0 ? [[member, scored[n + 1] ?? '']] : [])))
  }

  async function current(key: string, field: string): Promise<string | null> {
    if (isIndexKey(key)) return redis.zscore(key, field)
    return field === WHOLE ? redis.get(key) : redis.hget(key, field)
  }

  async function put(key: string, field: string, value: string | null): Promise<void> {
    if (isIndexKey(key)) await (value === null ? redis.zrem(key, field) : redis.zadd(key, value, field))
    else if (field === WHOLE) await (value === null ? redis.del(key) : redis.set(key, value, 'EX', 1_800))
    else await (value === null ? redis.hdel(key, field) : redis.hset(key, field, value))
  }

  /** @returns the changed keys */
  async function write({ field: { kind, field }, way, target, source, pick }: Written): Promise<string[]> {
    await look()
    const keys = [...seen.keys()].filter((key) => patternOf(kind).test(key)).sort()
    if (keys.length === 0) return []
    const to = at(keys, target)
    const others = keys.filter((key) => key !== to)
    const from = others.length > 0 ? at(others, source) : undefined
    const fieldsOf = (key: string) => [...(seen.get(key) ?? [])]
    const named = (key: string): string =>
      field === '*' || field === ELEMENT ? (at(fieldsOf(key), pick)?.[0] ?? '') : field

    switch (way) {
      case 'deletes':
        await put(to, named(to), null)
        return [to]
      case 'puts back': {
        const values = seen.get(to)?.get(named(to))
        if (!values) return []
        await put(to, named(to), at(values, pick))
        return [to]
      }
      case 'puts back the whole record':
        for (const [name, values] of fieldsOf(to)) await put(to, name, at(values, pick))
        return [to]
      case 'copies from any field': {
        if (isIndex(kind)) {
          const members = [...seen].filter(([key]) => isIndexKey(key)).flatMap(([, fields]) => [...fields.keys()])
          await put(to, at(members, pick), String(Date.now() + 3_600_000))
          return [to]
        }
        const all = [...seen].filter(([key]) => !isIndexKey(key)).flatMap(([, fields]) => [...fields.values()].flat())
        await put(to, named(to), at(all, pick))
        return [to]
      }
      case 'copies the whole record':
        if (!from) return []
        for (const [name] of fieldsOf(from)) await put(to, name, await current(from, name))
        return [to]
      case 'copies':
      case 'swaps': {
        if (!from) return []
        const name = named(from)
        const [ours, theirs] = [await current(to, name), await current(from, name)]
        await put(to, name, theirs)
        if (way === 'copies') return [to]
        await put(from, name, ours)
        return [to, from]
      }
    }
  }

  return { look, write }
}

export type RedisWriter = ReturnType<typeof createRedisWriter>

const isIndex = (kind: RecordKind): boolean => kind.fields.some(({ field }) => field === ELEMENT)
const isIndexKey = (key: string): boolean => PLAYED.some(({ kind }) => isIndex(kind) && patternOf(kind).test(key))

const isString = (kind: RecordKind): boolean => kind.fields.some(({ field }) => field === WHOLE)

/** `start:{user session}:<random>` becomes `^start:\{[^}]+\}:[^{}:]+$`. */
const patternOf = ({ key }: RecordKind): RegExp =>
  new RegExp(`^${key.replace(/\{[^}]+\}/g, '\\{[^}]+\\}').replace(/<[^>]+>/g, '[^{}:]+')}$`)
