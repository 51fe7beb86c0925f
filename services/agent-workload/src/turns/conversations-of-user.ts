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
import { bytesOfConversation } from './conversation-storage.ts'
import { createTurnEvents } from './turn-events.ts'
import { Effect } from './turn-memory.ts'
import { createTurnRecords } from './turn-records.ts'
import { ERASE_CONVERSATION } from './turn-scripts.ts'

const MEMORY = 'memory'

/** Characters of a message in a summary. */
const SHOWN = 120

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

  async function erase(
    id: ConversationId,
    owner: UserRef,
    { begunUntil, which }: { begunUntil: number; which: 'any' | 'at-rest' },
  ): Promise<'erased' | 'not-found' | 'busy'> {
    for (let tries = 0; ; tries++) {
      if (tries === TRIES) throw new Error('A conversation changed during each attempt to erase it')
      if ((await ownerOf(id)) !== owner) return 'not-found'
      const first = (await turnsOf(id, owner)).find(({ turn }) => turn)?.turn
      if (first && first.createdAt > begunUntil) return 'not-found'
      const { listed: before, ids } = await turnIds(id)
      const ofTurns = ids.flatMap((turnId) =>
        [turnKey, turnEventsKey, turnAuthorizationsKey, turnEffectsKey, turnConfirmationsKey].map((keyOf) =>
          keyOf(turnId),
        ),
      )
      const keys = [conversationKey(id), conversationTurnsKey(id), conversationSnapshotKey(id, MEMORY), ...ofTurns]
      const result = await runScript(redis, ERASE_CONVERSATION, keys, [before.length, which])
      if (result === 'busy') return 'busy'
      if (result === 'erased') break
    }
    await redis.zrem(conversationsOfUserKey(owner), id)
    return 'erased'
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

    /** For its user to choose from, the largest first. */
    async summaries(owner: UserRef): Promise<ConversationSummary[]> {
      const own = (await listed(owner)).filter((one) => one.owner === owner)
      const read = await Promise.all(
        own.map(async ({ id }) => {
          const [text] = await redis.lrange(conversationTurnsKey(id), 0, 0)
          const first = TurnId.safeParse(text).data
          // The list is not sealed. A turn of this conversation is its owner's.
          const turn = first && conversationIdOf(first) === id ? (await records.read(first))?.turn : undefined
          return {
            conversationId: id,
            bytes: await bytesOfConversation(redis, id),
            ...(turn && { message: [...turn.message].slice(0, SHOWN).join(''), askedAt: turn.createdAt }),
          }
        }),
      )
      return read.toSorted((one, other) => other.bytes - one.bytes)
    },

    /**
     * In one step: after it, a run that is under way can write nothing to the conversation.
     *
     * @param begunUntil a conversation that began later stays; Unix time in milliseconds.
     */
    erase: async (id: ConversationId, owner: UserRef, begunUntil = Number.POSITIVE_INFINITY): Promise<boolean> =>
      (await erase(id, owner, { begunUntil, which: 'any' })) === 'erased',

    /** Without an open turn: a run under way may still act at a vendor, and an authorization may wait. */
    eraseAtRest: (id: ConversationId, owner: UserRef) =>
      erase(id, owner, { begunUntil: Number.POSITIVE_INFINITY, which: 'at-rest' }),
  }
}

/** Without `message` the first turn has expired, or does not open. */
export interface ConversationSummary {
  conversationId: ConversationId
  bytes: number
  /** The beginning of the first one. */
  message?: string
  /** Unix time in milliseconds. */
  askedAt?: number
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
