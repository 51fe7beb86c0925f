import {
  ConversationId,
  conversationKey,
  conversationSnapshotKey,
  conversationsOfUserKey,
  type UserRef,
} from '@agent-identity/contracts'
import { addToExpiringIndex, type Clock, type RedisClient } from '@agent-identity/service-runtime'

/** Of one user. */
export interface StorageLimits {
  conversations: number
  /** Messages, answers and the agent's memory, sealed. What turns under way still write may exceed it. */
  bytes: number
}

export async function bytesOfConversation(redis: RedisClient, id: ConversationId): Promise<number> {
  const [counted, memory] = await Promise.all([
    redis.hget(conversationKey(id), 'bytes'),
    redis.strlen(conversationSnapshotKey(id, 'memory')),
  ])
  return (Number(counted) || 0) + memory
}

/** The store evicts nothing: a user who could fill it would keep all others from signing in. */
export function createConversationStorage(dependencies: {
  redis: RedisClient
  limits: StorageLimits
  ttlMs: number
  clock: Clock
}) {
  const { redis, limits, ttlMs, clock } = dependencies

  return {
    /** Puts the conversation on its user's list, in one step with the count of the others. @returns false without room for another message */
    async makeRoom(owner: UserRef, id: ConversationId): Promise<boolean> {
      const key = conversationsOfUserKey(owner)
      const ids = (await redis.zrange(key, 0, -1)).flatMap((text) => ConversationId.safeParse(text).data ?? [])
      const bytes = await Promise.all(ids.map((one) => bytesOfConversation(redis, one)))
      if (bytes.reduce((sum, more) => sum + more, 0) >= limits.bytes) return false
      const now = clock()
      return addToExpiringIndex(redis, key, { id, endsAt: now + ttlMs, now, most: limits.conversations })
    },
  }
}
