import {
  BINDING_NOTIFICATIONS_STREAM,
  CONFIRMATION_EXPIRIES_KEY,
  DUE_KEY,
  dueId,
  ERASURES_DUE_KEY,
  ProviderId,
  RECORDS,
  type RecordKind,
  TURN_WORK_STREAM,
} from '@agent-identity/contracts'
import type { Redis } from 'ioredis'
import { kindOf, patternOf } from '../every-record.ts'
import { until } from '../until.ts'
import { DUE_SETS } from './moved-clock.ts'
import type { Persona } from './persona.ts'

/** No seal: no key opens it. */
const NONSENSE = 'nonsense'

export interface SealedField {
  kind: RecordKind
  field: string
}

export const SEALED_FIELDS: readonly SealedField[] = RECORDS.flatMap((kind) =>
  kind.fields.filter(({ vouchedBy }) => vouchedBy !== 'nothing').map(({ field }) => ({ kind, field })),
)

const tagsOf = ({ user, userSession, turns }: Persona) => [
  user,
  userSession,
  ...turns.map((turn) => turn.split('.')[0] ?? ''),
]

async function keysOf(redis: Redis, persona: Persona): Promise<string[]> {
  return (await Promise.all(tagsOf(persona).map((tag) => redis.keys(`*{${tag}}*`)))).flat()
}

/** Where this persona has no record of the kind, one is invented: its name consists of what stands in names of keys. */
async function keysOfKind(redis: Redis, persona: Persona, kind: RecordKind): Promise<string[]> {
  const found = (await keysOf(redis, persona)).filter((key) => kindOf(key) === kind)
  if (found.length > 0) return found
  const names: Record<string, string> = {
    user: persona.user,
    'user session': persona.userSession,
    conversation: persona.turns[0]?.split('.')[0] ?? '',
  }
  const made = kind.key
    .replace(/\{([^}]+)\}/g, (_all, name: string) => `{${names[name] ?? 'x'.repeat(43)}}`)
    .replace('<provider>', 'github')
    .replace('<path>', 'memory')
    .replace(/<[^>]+>/g, 'x'.repeat(22))
  return [made]
}

/** @returns how many values were overwritten that the services had written */
export async function overwrite(redis: Redis, persona: Persona, { kind, field }: SealedField): Promise<number> {
  let overwritten = 0
  for (const key of await keysOfKind(redis, persona, kind)) {
    const type = await redis.type(key)
    if (field === 'value') {
      overwritten += type === 'none' ? 0 : 1
      await redis.set(key, NONSENSE)
    } else if (type === 'stream') {
      overwritten += 1
      const [[id, fields] = ['', []]] = await redis.xrange(key, '-', '+', 'COUNT', 1)
      await redis.del(key)
      await redis.xadd(
        key,
        id || '*',
        ...fields.map((text, n) => (n % 2 === 1 && text !== fields[1] ? NONSENSE : text)),
      )
    } else if (field === 'element') {
      overwritten += await redis.llen(key)
      await redis.del(key)
      await redis.rpush(key, NONSENSE)
    } else {
      const others = kind.fields.map((one) => one.field).filter((one) => one !== '*')
      const isNamed = (name: string, pattern: string) => patternOf(pattern).test(name)
      const fields = (await redis.hkeys(key)).filter((name) =>
        field === '*' ? !others.some((other) => isNamed(name, other)) : isNamed(name, field),
      )
      overwritten += fields.length
      for (const name of fields.length > 0 ? fields : [field === '*' ? 'x' : field])
        await redis.hset(key, name, NONSENSE)
    }
  }
  return overwritten
}

export type Dump = Map<string, Buffer>

export async function dump(redis: Redis, persona: Persona): Promise<Dump> {
  const dumped: Dump = new Map()
  for (const key of await keysOf(redis, persona)) dumped.set(key, await redis.dumpBuffer(key))
  return dumped
}

/** Without an expiry, as a writer of Redis can. What was not in the dump is deleted: "not begun yet" is an earlier state, too. */
export async function putBack(redis: Redis, persona: Persona, dumped: Dump, kind?: RecordKind): Promise<void> {
  const isPlayed = (key: string) => kind === undefined || kindOf(key) === kind
  for (const key of await keysOf(redis, persona)) if (isPlayed(key) && !dumped.has(key)) await redis.del(key)
  for (const [key, value] of dumped) if (isPlayed(key)) await redis.restore(key, 0, value, 'REPLACE')
}

/** Has the workers and timers look at every record of these personas, and waits until they have. */
export async function haveAllLookedAt(redis: Redis, personas: readonly Persona[], clock: { now: number }) {
  const github = ProviderId.parse('github')
  const due = personas.flatMap((persona): [string, string][] => [
    [ERASURES_DUE_KEY, persona.user],
    [DUE_KEY, dueId.left(persona.user, github)],
    ...persona.authorizations.map((id): [string, string] => [DUE_KEY, dueId.authorization(persona.user, id)]),
    ...persona.starts.map((id): [string, string] => [DUE_KEY, dueId.start(id)]),
    ...persona.confirmations.map((id): [string, string] => [CONFIRMATION_EXPIRIES_KEY, id]),
  ])
  const work = personas.flatMap(({ turns }) =>
    turns.flatMap((turnId) => ['start', 'resume'].map((kind) => ({ turnId, kind }))),
  )
  for (const [key, id] of due) await redis.zadd(key, clock.now - 1, id)
  for (const { turnId, kind } of work) await redis.xadd(TURN_WORK_STREAM, '*', 'turnId', turnId, 'kind', kind)
  for (const id of personas.flatMap(({ starts }) => starts))
    await redis.xadd(BINDING_NOTIFICATIONS_STREAM, '*', 'startId', id)

  await until(async () => {
    const left = await Promise.all([
      ...[TURN_WORK_STREAM, BINDING_NOTIFICATIONS_STREAM].map((key) => redis.xlen(key)),
      ...DUE_SETS.map((set) => redis.zcount(set, '-inf', clock.now)),
    ])
    return left.every((count) => count === 0)
  })
}
