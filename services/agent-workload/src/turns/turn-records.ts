import {
  ConversationFacts,
  type ConversationId,
  type KeyRing,
  PLACES,
  type Turn,
  TurnFacts,
  type TurnId,
  TurnProgress,
  turnKey,
} from '@agent-identity/contracts'
import { createSealedRecord, type Logger, type RedisClient } from '@agent-identity/service-runtime'

export interface StoredTurn {
  turn: Turn
  sealedProgress: string
}

/** A value that does not open for its key counts as absent. */
export function createTurnRecords({ redis, turnKeys, log }: { redis: RedisClient; turnKeys: KeyRing; log: Logger }) {
  const facts = createSealedRecord(turnKeys, 'turn facts', TurnFacts, log)
  const progress = createSealedRecord(turnKeys, 'turn progress', TurnProgress, log)
  const conversation = createSealedRecord(turnKeys, 'conversation facts', ConversationFacts, log)

  return {
    sealFacts: (id: TurnId, value: TurnFacts): string => facts.seal(value, PLACES.turnFacts(id)),
    sealProgress: (id: TurnId, value: TurnProgress): string => progress.seal(value, PLACES.turnProgress(id)),

    async read(id: TurnId): Promise<StoredTurn | undefined> {
      const [sealedFacts, sealedProgress] = await redis.hmget(turnKey(id), 'facts', 'progress')
      if (!sealedFacts || !sealedProgress) return undefined
      const opened = {
        facts: facts.open(sealedFacts, PLACES.turnFacts(id)),
        progress: progress.open(sealedProgress, PLACES.turnProgress(id)),
      }
      if (!opened.facts || !opened.progress) return undefined
      return { turn: { ...opened.facts, ...opened.progress }, sealedProgress }
    },

    sealConversation: (id: ConversationId, value: ConversationFacts): string =>
      conversation.seal(value, PLACES.conversationFacts(id)),
    openConversation: (id: ConversationId, sealed: string): ConversationFacts | undefined =>
      conversation.open(sealed, PLACES.conversationFacts(id)),
  }
}
