import { type ConversationId, PLACES } from '@agent-identity/contracts'
import type { RedisClient, Sealer } from '@agent-identity/service-runtime'
import type { MemoryStore } from './conversation-memory.ts'

/**
 * The agent's memory of one conversation, in Redis: sealed for its own key, deleted `ttlSeconds` after the last write.
 */
export function createSealedMemory(dependencies: {
  redis: Pick<RedisClient, 'get' | 'set'>
  sealer: Sealer
  conversationId: ConversationId
  ttlSeconds: number
}): MemoryStore {
  const { redis, sealer, conversationId, ttlSeconds } = dependencies
  const key = PLACES.conversationSnapshot(conversationId, 'memory')

  return {
    async read() {
      const sealed = await redis.get(key)
      return sealed === null ? undefined : sealer.open(sealed, key)
    },
    async write(value) {
      await redis.set(key, sealer.seal(value, key), 'EX', ttlSeconds)
    },
  }
}
