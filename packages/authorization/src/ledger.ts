import type { KeyRing } from '@agent-identity/contracts'
import {
  addToExpiringIndex,
  createSealedRecord,
  type Logger,
  type RedisClient,
  runScript,
} from '@agent-identity/service-runtime'
import type { z } from 'zod'

/** `stored`: as it was read, empty for none. A record that does not open has no value. */
export interface Stored<Value> {
  value: Value | undefined
  stored: string
}

/** Sealed records of one kind, each found by its owner and its id. */
export interface Ledger<Value> {
  read(owner: string, id: string): Promise<Stored<Value>>
  /**
   * @param next without a value, the record is deleted
   * @param expiresAt Unix time in milliseconds; without it, the record stays until it is deleted
   * @returns undefined when the record is not as it was read
   */
  write(
    owner: string,
    id: string,
    seen: Stored<Value>,
    next: Value | undefined,
    expiresAt?: number,
  ): Promise<Stored<Value> | undefined>
  /** Only with an index. An id may be listed without a record. */
  list(owner: string): Promise<string[]>
}

/** KEYS: the record. ARGV: as it was read (empty for none), as it will be (empty for none), when it expires (Unix, ms; empty for never). */
const WRITE = `
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 'changed' end
if ARGV[2] == '' then redis.call('DEL', KEYS[1])
elseif ARGV[3] == '' then redis.call('SET', KEYS[1], ARGV[2])
else redis.call('SET', KEYS[1], ARGV[2], 'PXAT', ARGV[3]) end
return 'written'
`

/**
 * @param dependencies.key of a record; also the place that it is sealed for
 * @param dependencies.index a sorted set in the owner's slot. It is written before the record, and is only a hint: what it names may be missing.
 */
export function createLedger<Value>(dependencies: {
  redis: RedisClient
  keys: KeyRing
  purpose: string
  schema: z.ZodType<Value>
  key(owner: string, id: string): string
  index?: (owner: string) => string
  clock(): number
  log: Logger
}): Ledger<Value> {
  const { redis, key, index, clock } = dependencies
  const record = createSealedRecord(dependencies.keys, dependencies.purpose, dependencies.schema, dependencies.log)

  return {
    async read(owner, id) {
      const place = key(owner, id)
      const stored = (await redis.get(place)) ?? ''
      return { value: stored === '' ? undefined : record.open(stored, place), stored }
    },

    async write(owner, id, seen, next, expiresAt) {
      const place = key(owner, id)
      // Its entry lives as long as the record, which a write may make longer.
      if (index && next) {
        const endsAt = expiresAt ?? FAR_AWAY
        await addToExpiringIndex(redis, index(owner), { id, endsAt, now: clock() })
      }
      const stored = next ? record.seal(next, place) : ''
      const result = await runScript(redis, WRITE, [place], [seen.stored, stored, expiresAt ?? ''])
      if (result !== 'written') return undefined
      if (index && !next) await redis.zrem(index(owner), id)
      return { value: next, stored }
    },

    async list(owner) {
      return index ? redis.zrangebyscore(index(owner), clock(), '+inf') : []
    },
  }
}

/** A score that addToExpiringIndex accepts. */
const FAR_AWAY = 2 ** 52

const TRIES = 20

/**
 * Changes a record by compare-and-set.
 *
 * @param next returns undefined to leave the record as it is
 * @returns what was written, or undefined when `next` left it
 */
export async function change<Value, Next extends Value>(
  ledger: Pick<Ledger<Value>, 'read' | 'write'>,
  [owner, id]: readonly [owner: string, id: string],
  next: (value: Value | undefined, stored: string) => { value: Next; expiresAt?: number } | undefined,
): Promise<Next | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const seen = await ledger.read(owner, id)
    const changed = next(seen.value, seen.stored)
    if (!changed) return undefined
    if (await ledger.write(owner, id, seen, changed.value, changed.expiresAt)) return changed.value
  }
  throw new Error('A record changes too often')
}
