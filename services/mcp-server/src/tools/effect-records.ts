import { type KeyRing, MCP_RETRY_SECONDS, mcpEffectsKey, PLACES, type UserRef } from '@agent-identity/contracts'
import { createSealer, type RedisClient, randomToken, runScript } from '@agent-identity/service-runtime'
import type { EffectRecords } from '@agent-identity/tools'
import { z } from 'zod'

/** KEYS: record. ARGV: field, value, seconds to live. Returns what stands there; the record lives from its first field on. */
const PUT_ONCE = `
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 1 then
  if redis.call('TTL', KEYS[1]) < 0 then redis.call('EXPIRE', KEYS[1], ARGV[3]) end
  return ARGV[2]
end
return redis.call('HGET', KEYS[1], ARGV[1])
`

/** KEYS: record. ARGV: field, value. Nothing when the record has gone: its time is over. */
const REPLACE = `
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return 'done'
`

const Begun = z.discriminatedUnion('status', [
  z.object({ status: z.literal('intended') }),
  z.object({ status: z.literal('done'), outcome: z.string() }),
  z.object({ status: z.literal('withdrawn') }),
])
type Begun = z.infer<typeof Begun>

/**
 * What a client's calls have begun at vendors. MCP has no name for a call that a client sends again: the same client, tool and
 * arguments within `MCP_RETRY_SECONDS` are the same call.
 */
export interface CallEffects {
  /** A name of this call at vendors, new when its time is over. */
  name: string
  records: EffectRecords
  /** Whether the outcome that was given was an earlier call's. */
  wasDone(): boolean
}

/** @param call a hash of client, tool and arguments */
export async function effectsOfCall(
  { redis, mcpKeys }: { redis: RedisClient; mcpKeys: KeyRing },
  user: UserRef,
  call: string,
): Promise<CallEffects> {
  const sealer = createSealer(mcpKeys, 'mcp effect')
  const key = mcpEffectsKey(user, call)
  const place = (field: string) => PLACES.mcpEffect(user, call, field)
  const seal = (field: string, value: unknown) => sealer.seal(JSON.stringify(value), place(field))
  const open = (field: string, sealed: unknown) => JSON.parse(sealer.open(z.string().parse(sealed), place(field)))
  const putOnce = async (field: string, value: unknown): Promise<unknown> =>
    open(field, await runScript(redis, PUT_ONCE, [key], [field, seal(field, value), MCP_RETRY_SECONDS]))
  const replace = (field: string, value: Begun) => runScript(redis, REPLACE, [key], [field, seal(field, value)])
  let wasDone = false

  const mine = randomToken(16)
  return {
    name: z.string().parse(await putOnce('call', mine)),
    wasDone: () => wasDone,
    records: {
      async intend(id) {
        const before = await redis.hget(key, id)
        if (before !== null) {
          const begun = Begun.parse(open(id, before))
          if (begun.status === 'withdrawn') {
            await replace(id, { status: 'intended' })
            return 'new'
          }
          wasDone = begun.status === 'done'
          return begun.status === 'done' ? { outcome: begun.outcome } : 'intended'
        }
        const token = randomToken(8)
        const stands = await putOnce(id, { status: 'intended', token })
        return z.object({ token: z.literal(token) }).safeParse(stands).success ? 'new' : 'intended'
      },
      settle: async (id, outcome) => void (await replace(id, { status: 'done', outcome })),
      withdraw: async (id) => void (await replace(id, { status: 'withdrawn' })),
      begun: async () => 0,
    },
  }
}
