import type { ConversationId, TurnId, UserRef, UserSessionRef } from '@agent-identity/contracts'
import { createLogger } from '@agent-identity/service-runtime'
import { startTestRedis } from '@agent-identity/test-redis'
import type { Run } from '../run.ts'
import { createTurns } from '../turns.ts'

export const LEASE_MS = 15_000
export const TURN_TTL_SECONDS = 600
const STORAGE_LIMITS = { conversations: 1_000, bytes: 10_000_000 }
export const alice = 'a'.repeat(22) as UserRef
export const userSession = 's'.repeat(22) as UserSessionRef

export async function startTurns() {
  const server = await startTestRedis()
  const redis = await server.ready()
  let now = 1_900_000_000_000
  const turnsWith = (changed: Partial<Parameters<typeof createTurns>[0]>) =>
    createTurns({
      redis,
      turnKeys: { sealWith: 'k', keys: { k: 'k'.repeat(43) } },
      log: createLogger({ service: 'test', level: 'silent' }),
      ttlSeconds: TURN_TTL_SECONDS,
      mostTurns: 30,
      storageLimits: STORAGE_LIMITS,
      leaseMs: LEASE_MS,
      clock: () => now,
      ...changed,
    })
  const turns = turnsWith({})

  async function asked(conversationId?: ConversationId, owner = alice) {
    const created = await turns.create({ owner, userSession, message: 'hello', requestId: 'r', conversationId })
    if (typeof created === 'string') throw new Error(created)
    return created
  }

  async function claim(turnId: TurnId, kind: 'start' | 'resume'): Promise<Run> {
    const claimed = await turns.claim(turnId, kind)
    if (typeof claimed !== 'object') throw new Error(`not claimed: ${claimed}`)
    return claimed.run
  }

  async function claimed(): Promise<{ turnId: TurnId; conversationId: ConversationId; run: Run }> {
    const created = await asked()
    return { ...created, run: await claim(created.turnId, 'start') }
  }

  return {
    server,
    turns,
    turnsWith,
    redis,
    asked,
    claim,
    claimed,
    advance: (ms: number) => {
      now += ms
    },
    stop: () => server.stop(),
  }
}
