import { type ConversationId, PLACES } from '@agent-identity/contracts'
import type { RedisClient, Sealer } from '@agent-identity/service-runtime'
import type { Storage } from '@strands-agents/sdk'

/**
 * What the agent remembers of one conversation, in Redis: sealed, each value for its own key, gone `ttlSeconds` after it
 * was last written.
 */
export function createSealedStorage(dependencies: {
  redis: Pick<RedisClient, 'get' | 'set' | 'del'>
  sealer: Sealer
  conversationId: ConversationId
  ttlSeconds: number
}): Storage {
  const { redis, sealer, conversationId, ttlSeconds } = dependencies
  const keyOf = (path: string) => PLACES.conversationSnapshot(conversationId, path)

  return {
    async write(path, data) {
      const key = keyOf(path)
      // Latin-1 takes every byte there and back; in a snapshot nearly all are ASCII and stay one byte.
      await redis.set(key, sealer.seal(Buffer.from(data).toString('latin1'), key), 'EX', ttlSeconds)
    },
    async read(path) {
      const key = keyOf(path)
      const sealed = await redis.get(key)
      return sealed === null ? null : new Uint8Array(Buffer.from(sealer.open(sealed, key), 'latin1'))
    },
    async delete(path) {
      await redis.del(keyOf(path))
    },
    // Only a history of snapshots would need it, and a list would need a SCAN over every node or a set to keep in step.
    list() {
      return Promise.reject(new Error('The conversation storage keeps the latest snapshot only and cannot list'))
    },
  }
}
