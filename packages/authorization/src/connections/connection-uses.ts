import {
  type ConnectionId,
  ConnectionUse,
  connectionUsesKey,
  type KeyRing,
  PLACES,
  type ProviderId,
  type UserRef,
} from '@agent-identity/contracts'
import { type Clock, createSealedRecord, type Logger, type RedisClient } from '@agent-identity/service-runtime'

export type Use = Omit<ConnectionUse, 'usedAt'>

export function createConnectionUses(dependencies: {
  redis: RedisClient
  connectionKeys: KeyRing
  clock: Clock
  log: Logger
}) {
  const { redis, connectionKeys, clock, log } = dependencies
  const sealed = createSealedRecord(connectionKeys, 'connection use', ConnectionUse, log)

  return {
    seal: (use: Use, ...of: [UserRef, ProviderId, ConnectionId]): string =>
      sealed.seal({ ...use, usedAt: clock() }, PLACES.connectionUse(...of)),

    /** The newest first. */
    async list(newest: number, ...of: [UserRef, ProviderId, ConnectionId]): Promise<ConnectionUse[]> {
      const elements = await redis.lrange(connectionUsesKey(...of), -newest, -1)
      return elements.reverse().flatMap((element) => sealed.open(element, PLACES.connectionUse(...of)) ?? [])
    },
  }
}

export type ConnectionUses = ReturnType<typeof createConnectionUses>
