import { type ConversationId, conversationKey, PLACES } from '@agent-identity/contracts'
import { type RedisClient, runScript, type Sealer } from '@agent-identity/service-runtime'
import type { MemoryStore } from './conversation-memory.ts'

/** KEYS: memory, conversation. ARGV: the sealed value, its lifetime in seconds. Nothing is written for a conversation that was erased. */
const WRITE = `
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end
return 'done'
`

/**
 * The agent's memory of one conversation, in Redis: sealed for its own key, deleted `ttlSeconds` after the last write. A run that is still
 * going on when its conversation is erased writes no memory.
 */
export function createSealedMemory(dependencies: {
  redis: RedisClient
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
      await runScript(redis, WRITE, [key, conversationKey(conversationId)], [sealer.seal(value, key), ttlSeconds])
    },
  }
}
