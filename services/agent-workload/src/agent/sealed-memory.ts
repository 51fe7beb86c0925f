import { conversationIdOf, PLACES, type TurnId, turnKey } from '@agent-identity/contracts'
import { type RedisClient, runScript, type Sealer } from '@agent-identity/service-runtime'
import { expectOwn, type Run } from '../turns/run.ts'
import type { MemoryStore } from './conversation-memory.ts'

/** KEYS: memory, turn. ARGV: progress of the run, the sealed value, its lifetime in seconds. */
const WRITE = `
if redis.call('HGET', KEYS[2], 'progress') ~= ARGV[1] then return 'superseded' end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 'written'
`

/** The agent's memory of one conversation, for one run. `write` throws SupersededError when the run does not have the turn any more. */
export function createSealedMemory(dependencies: {
  redis: RedisClient
  sealer: Sealer
  turnId: TurnId
  run: Run
  ttlSeconds: number
}): MemoryStore {
  const { redis, sealer, turnId, run, ttlSeconds } = dependencies
  const key = PLACES.conversationSnapshot(conversationIdOf(turnId), 'memory')

  return {
    async read() {
      const sealed = await redis.get(key)
      return sealed === null ? undefined : sealer.open(sealed, key)
    },
    async write(value) {
      const args = [run.progress, sealer.seal(value, key), ttlSeconds]
      expectOwn(await runScript(redis, WRITE, [key, turnKey(turnId)], args))
    },
  }
}
