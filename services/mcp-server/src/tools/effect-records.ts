import {
  AUTHORIZATION_GRACE_SECONDS,
  CLIENT_AUTHORIZATION_TTL_SECONDS,
  ConnectionId,
  MCP_RETRY_SECONDS,
  mcpEffectsKey,
  PLACES,
  type UserRef,
} from '@agent-identity/contracts'
import { type RedisClient, randomToken, runScript, type Sealer } from '@agent-identity/service-runtime'
import type { EffectRecords } from '@agent-identity/tools'
import { z } from 'zod'

/**
 * KEYS: record. ARGV: name, seconds to live. Returns the stored name. The condition with TTL is always true: it stays until no version uses that
 * command, because a deployment changes the permissions first.
 */
const NAME_ONCE = `
if redis.call('HSETNX', KEYS[1], 'call', ARGV[1]) == 1 then
  if redis.call('TTL', KEYS[1]) < 0 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
  return ARGV[1]
end
return redis.call('HGET', KEYS[1], 'call')
`

/**
 * KEYS: record. ARGV: field, value, name, seconds to live, the value that may be replaced (empty for none). Returns `new`, or the stored
 * value. A record that has gone is written again with its name.
 */
const INTEND = `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and known ~= ARGV[5] then return known end
redis.call('HSETNX', KEYS[1], 'call', ARGV[3])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 'new'
`

/** Writes the outcome also when the record has gone: the change was made. KEYS: record. ARGV: field, value, name, seconds to live. */
const RECORD_OUTCOME = `
redis.call('HSETNX', KEYS[1], 'call', ARGV[3])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 'done'
`

/** KEYS: record. ARGV: field, value, the intent that it replaces. Another call's intent stays. */
const WITHDRAW = `
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[3] then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return 'done'
`

/** `connection`: in which the change was begun. */
const Begun = z.discriminatedUnion('status', [
  z.object({ status: z.literal('intended'), connection: ConnectionId }),
  z.object({ status: z.literal('done'), outcome: z.string(), connection: ConnectionId }),
  z.object({ status: z.literal('withdrawn') }),
])
type Begun = z.infer<typeof Begun>
type Intended = Awaited<ReturnType<EffectRecords['intend']>>

/** MCP has no name for a call that is sent again: while the record lives, the same user, client, tool and arguments are the same call. */
export interface CallEffects {
  /** Random; the ids of effects are derived from it. */
  name: string
  records: EffectRecords
  /** Whether the outcome was an earlier call's. */
  wasDone(): boolean
  /** Whether the change was begun in another account, and no outcome is known. */
  isElsewhere(): boolean
}

interface Stores {
  redis: RedisClient
  effectSealer: Sealer
}

function sealedEffects({ effectSealer: sealer }: Stores, user: UserRef, call: string) {
  const place = (field: string) => PLACES.mcpEffect(user, call, field)
  return {
    key: mcpEffectsKey(user, call),
    seal: (field: string, value: unknown) => sealer.seal(JSON.stringify(value), place(field)),
    open: (field: string, sealed: unknown) => JSON.parse(sealer.open(z.string().parse(sealed), place(field))),
  }
}

/** @returns undefined also when the change was withdrawn: it may then be made in another account. */
export async function begunInConnection(
  stores: Stores,
  user: UserRef,
  call: string,
  idOf: (name: string) => string,
): Promise<{ connection: ConnectionId; outcome: string | undefined } | undefined> {
  const { key, open } = sealedEffects(stores, user, call)
  const named = await stores.redis.hget(key, 'call')
  if (named === null) return undefined
  const id = idOf(z.string().parse(open('call', named)))
  const sealed = await stores.redis.hget(key, id)
  const begun = sealed === null ? undefined : Begun.parse(open(id, sealed))
  if (!begun || begun.status === 'withdrawn') return undefined
  return { connection: begun.connection, outcome: begun.status === 'done' ? begun.outcome : undefined }
}

/** The same call comes again after a consent: what it has begun must be known for as long as its authorization is. */
export async function keepBegun({ redis }: Stores, user: UserRef, call: string): Promise<void> {
  await redis.expire(mcpEffectsKey(user, call), CLIENT_AUTHORIZATION_TTL_SECONDS + AUTHORIZATION_GRACE_SECONDS)
}

/** @param call a hash of client, tool and arguments */
export async function effectsOfCall(
  stores: Stores,
  user: UserRef,
  call: string,
  connection: ConnectionId,
): Promise<CallEffects> {
  const { redis } = stores
  const { key, seal, open } = sealedEffects(stores, user, call)
  const sealBegun = (field: string, value: Begun) => seal(field, value)
  /** This call's intents, sealed: two sealed values are never equal. */
  const own = new Map<string, string>()
  let wasDone = false
  let isElsewhere = false

  const sealedName = await runScript(redis, NAME_ONCE, [key], [seal('call', randomToken(16)), MCP_RETRY_SECONDS])
  const named = z.string().parse(sealedName)

  /** @param before the sealed value that was read, null for none */
  async function intend(id: string, mayHaveBegun: number | 'any', before: string | null): Promise<Intended> {
    const begun = before === null ? undefined : Begun.parse(open(id, before))
    if (begun?.status === 'intended') {
      // The user is told to look before it is tried again. After that the call must not be refused for as long as `keepBegun` says.
      await redis.expire(key, MCP_RETRY_SECONDS, 'LT')
      isElsewhere = begun.connection !== connection
      return 'intended'
    }
    if (begun?.status === 'done') {
      wasDone = true
      return { outcome: begun.outcome }
    }
    // Zero: the user has to be asked first.
    if (mayHaveBegun === 0) return 'beyond-limit'
    const intent = sealBegun(id, { status: 'intended', connection })
    const args = [id, intent, named, MCP_RETRY_SECONDS, before ?? '']
    const stands = z.string().parse(await runScript(redis, INTEND, [key], args))
    if (stands !== 'new') return intend(id, mayHaveBegun, stands)
    own.set(id, intent)
    return 'new'
  }

  return {
    name: z.string().parse(open('call', named)),
    wasDone: () => wasDone,
    isElsewhere: () => isElsewhere,
    records: {
      intend: async (id, mayHaveBegun) => intend(id, mayHaveBegun, await redis.hget(key, id)),
      async recordOutcome(id, outcome) {
        const done = sealBegun(id, { status: 'done', outcome, connection })
        await runScript(redis, RECORD_OUTCOME, [key], [id, done, named, MCP_RETRY_SECONDS])
      },
      async withdraw(id) {
        const withdrawn = sealBegun(id, { status: 'withdrawn' })
        await runScript(redis, WITHDRAW, [key], [id, withdrawn, own.get(id) ?? ''])
      },
      begun: async () => [],
    },
  }
}
