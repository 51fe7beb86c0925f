import {
  CONNECTION_USE_TTL_SECONDS,
  ConnectionUse,
  connectionUseKey,
  type KeyRing,
  PLACES,
  type ProviderId,
  type UserRef,
} from '@agent-identity/contracts'
import { type Clock, createSealedRecord, type Logger, type RedisClient } from '@agent-identity/service-runtime'

/** Which MCP client last acted with a connection: the MCP server writes it, the page of connections shows it. */
export function createConnectionUses(dependencies: {
  redis: RedisClient
  connectionKeys: KeyRing
  clock: Clock
  log: Logger
}) {
  const { redis, connectionKeys, clock, log } = dependencies
  const sealed = createSealedRecord(connectionKeys, 'connection use', ConnectionUse, log)

  return {
    async remember(user: UserRef, provider: ProviderId, client: Omit<ConnectionUse, 'usedAt'>): Promise<void> {
      const value = sealed.seal({ ...client, usedAt: clock() }, PLACES.connectionUse(user, provider))
      await redis.set(connectionUseKey(user, provider), value, 'EX', CONNECTION_USE_TTL_SECONDS)
    },
    async last(user: UserRef, provider: ProviderId): Promise<ConnectionUse | undefined> {
      const value = await redis.get(connectionUseKey(user, provider))
      return value === null ? undefined : sealed.open(value, PLACES.connectionUse(user, provider))
    },
  }
}

export type ConnectionUses = ReturnType<typeof createConnectionUses>
