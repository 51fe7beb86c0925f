import {
  ConversationId,
  conversationIdOf,
  conversationKey,
  conversationSnapshotKey,
  conversationsOfUserKey,
  conversationTurnsKey,
  type KeyRing,
  PLACES,
  type Turn,
  TurnId,
  turnAuthorizationsKey,
  turnConfirmationsKey,
  turnEffectsKey,
  turnEventsKey,
  turnKey,
  type UserRef,
} from '@agent-identity/contracts'
import {
  createRecordSealer,
  createSealedRecord,
  type Logger,
  type RedisClient,
  runScript,
} from '@agent-identity/service-runtime'
import { createTurnEvents } from './turn-events.ts'
import { Effect } from './turn-memory.ts'
import { createTurnRecords } from './turn-records.ts'
import { ERASE_CONVERSATION } from './turn-scripts.ts'

const MEMORY = 'memory'

/** An attempt fails when the user asks something during it. */
const TRIES = 20

/** The index of a user only says where to look: a conversation's sealed facts name its owner. */
export function createConversationsOfUser(dependencies: { redis: RedisClient; turnKeys: KeyRing; log: Logger }) {
  const { redis, turnKeys, log } = dependencies
  const records = createTurnRecords({ redis, turnKeys, log })
  const events = createTurnEvents({ redis, sealer: createRecordSealer(turnKeys, 'turn', log) })
  const memories = createRecordSealer(turnKeys, 'conversation', log)
  const effects = createSealedRecord(turnKeys, 'turn effect', Effect, log)

  async function ownerOf(id: ConversationId): Promise<UserRef | 'gone' | 'does not open'> {
    const sealed = await redis.hget(conversationKey(id), 'facts')
    return sealed === null ? 'gone' : (records.openConversation(id, sealed)?.owner ?? 'does not open')
  }

  async function listed(owner: UserRef) {
    const texts = await redis.zrange(conversationsOfUserKey(owner), 0, -1)
    const ids = texts.flatMap((text) => ConversationId.safeParse(text).data ?? [])
    return Promise.all(ids.map(async (id) => ({ id, owner: await ownerOf(id) })))
  }

  /** The list is not sealed, and what it names is erased: ids of other conversations are skipped. */
  async function turnIds(id: ConversationId): Promise<{ listed: string[]; ids: TurnId[] }> {
    const current = await redis.hget(conversationKey(id), 'currentTurn')
    const listed = await redis.lrange(conversationTurnsKey(id), 0, -1)
    const ids = [...listed, current ?? ''].flatMap((text) => TurnId.safeParse(text).data ?? [])
    return { listed, ids: [...new Set(ids)].filter((turnId) => conversationIdOf(turnId) === id) }
  }

  async function turnsOf(id: ConversationId, owner: UserRef): Promise<StoredOrNot[]> {
    const { ids } = await turnIds(id)
    const read = await Promise.all(
      ids.map(async (turnId): Promise<StoredOrNot[]> => {
        const turn = (await records.read(turnId))?.turn
        if (turn) return turn.owner === owner ? [{ turnId, turn }] : []
        return (await redis.exists(turnKey(turnId))) === 1 ? [{ turnId, turn }] : []
      }),
    )
    return read.flat()
  }

  return {
    async list(owner: UserRef): Promise<ConversationId[]> {
      return (await listed(owner)).flatMap((one) => (one.owner === owner ? [one.id] : []))
    },

    /** How many conversations of the index have an owner that cannot be read. */
    async unreadable(owner: UserRef): Promise<number> {
      return (await listed(owner)).filter((one) => one.owner === 'does not open').length
    },

    turnsOf,

    /** @throws UnsealError when an event does not open */
    async eventsOf(id: TurnId): Promise<{ event: string; data: string }[]> {
      const all: Awaited<ReturnType<typeof events.after>> = []
      for (;;) {
        const more = await events.after(id, all.at(-1)?.id ?? '0-0')
        if (more.length === 0) return all
        all.push(...more)
      }
    },

    /** @throws Error when a change does not open */
    async changesOf(id: TurnId): Promise<string[]> {
      const fields = Object.entries(await redis.hgetall(turnEffectsKey(id)))
      const opened = fields.map(([effect, sealed]) => effects.open(sealed, PLACES.turnEffect(id, effect)))
      return opened.flatMap((effect) => (effect ?? unreadable()).outcome ?? [])
    },

    async memoryOf(id: ConversationId): Promise<unknown> {
      const key = conversationSnapshotKey(id, MEMORY)
      const sealed = await redis.get(key)
      return sealed === null ? undefined : (JSON.parse(memories.open(sealed, key)) as unknown)
    },

    /**
     * In one step: after it, a run that is under way can write nothing to the conversation.
     *
     * @param begunUntil a conversation that began later stays; Unix time in milliseconds.
     */
    async erase(id: ConversationId, owner: UserRef, begunUntil = Number.POSITIVE_INFINITY): Promise<boolean> {
      for (let tries = 0; ; tries++) {
        if (tries === TRIES) throw new Error('A conversation changed during each attempt to erase it')
        if ((await ownerOf(id)) !== owner) return false
        const first = (await turnsOf(id, owner)).find(({ turn }) => turn)?.turn
        if (first && first.createdAt > begunUntil) return false
        const { listed: before, ids } = await turnIds(id)
        const ofTurns = ids.flatMap((turnId) =>
          [turnKey, turnEventsKey, turnAuthorizationsKey, turnEffectsKey, turnConfirmationsKey].map((keyOf) =>
            keyOf(turnId),
          ),
        )
        const keys = [conversationKey(id), conversationTurnsKey(id), conversationSnapshotKey(id, MEMORY), ...ofTurns]
        if ((await runScript(redis, ERASE_CONVERSATION, keys, [before.length])) === 'erased') break
      }
      await redis.zrem(conversationsOfUserKey(owner), id)
      return true
    },
  }
}

/** Without `turn` the record does not open. */
interface StoredOrNot {
  turnId: TurnId
  turn: Turn | undefined
}

function unreadable(): never {
  throw new Error('A change of a turn does not open')
}

export type ConversationsOfUser = ReturnType<typeof createConversationsOfUser>
