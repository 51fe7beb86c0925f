import {
  CONNECTION_USES_TTL_SECONDS,
  type ConnectionId,
  ConnectionUse,
  connectionUsesKey,
  type KeyRing,
  PLACES,
  type ProviderId,
  type UserRef,
} from '@agent-identity/contracts'
import { createSealedRecord, type Logger, type RedisClient, sha256 } from '@agent-identity/service-runtime'

export type Use = Omit<ConnectionUse, 'usedAt'>

type Of = [UserRef, ProviderId, ConnectionId]

/** The last use of a connection by the agent, and by each MCP client. */
export function createConnectionUses(dependencies: {
  redis: RedisClient
  connectionKeys: KeyRing
  clock(): number
  log: Logger
}) {
  const { redis, connectionKeys, clock, log } = dependencies
  const sealed = createSealedRecord(connectionKeys, 'connection use', ConnectionUse, log)
  const fieldOf = ({ client }: Use) => (client ? sha256(client.clientId).slice(0, 22) : 'agent')

  return {
    async keep(use: Use, ...of: Of): Promise<void> {
      const key = connectionUsesKey(...of)
      const field = fieldOf(use)
      await redis.hset(key, field, sealed.seal({ ...use, usedAt: clock() }, PLACES.connectionUse(field, ...of)))
      await redis.expire(key, CONNECTION_USES_TTL_SECONDS)
    },

    /** The newest first. */
    async list(...of: Of): Promise<ConnectionUse[]> {
      const fields = Object.entries(await redis.hgetall(connectionUsesKey(...of)))
      const uses = fields.flatMap(([field, value]) => sealed.open(value, PLACES.connectionUse(field, ...of)) ?? [])
      return uses.toSorted((one, other) => other.usedAt - one.usedAt)
    },

    async forget(...of: Of): Promise<void> {
      await redis.del(connectionUsesKey(...of))
    },
  }
}

export type ConnectionUses = ReturnType<typeof createConnectionUses>
