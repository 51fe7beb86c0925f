import {
  AGENTCORE_AUTHORIZATION_SECONDS,
  AUTHORIZATION_GRACE_SECONDS,
  type ConversationId,
  conversationIdOf,
  conversationKey,
  type Turn,
  TurnId,
  type TurnWork,
} from '@agent-identity/contracts'
import type { Clock, RedisClient } from '@agent-identity/service-runtime'

/** By then what the turn asked for in its first minutes has most likely ended. */
const OVERDUE_AFTER_MS = (AGENTCORE_AUTHORIZATION_SECONDS + AUTHORIZATION_GRACE_SECONDS) * 1_000

/** The work of a conversation's open turn, where this work may have been lost. To queue or resume it once more than needed is harmless. */
export function createOverdueWork(dependencies: {
  redis: RedisClient
  read(id: TurnId): Promise<Turn | undefined>
  clock: Clock
}) {
  const { redis, read, clock } = dependencies

  return async (conversationId: ConversationId): Promise<TurnWork | undefined> => {
    const current = TurnId.safeParse(await redis.hget(conversationKey(conversationId), 'currentTurn'))
    if (!current.success || conversationIdOf(current.data) !== conversationId) return undefined
    const turn = await read(current.data)
    if (turn?.status === 'queued') return { turnId: current.data, kind: 'start' }
    const isOverdue = turn?.status === 'waiting' && clock() - turn.createdAt >= OVERDUE_AFTER_MS
    return isOverdue ? { turnId: current.data, kind: 'resume' } : undefined
  }
}
