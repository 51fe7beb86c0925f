import {
  ConversationId,
  conversationIdOf,
  conversationKey,
  conversationTurnsKey,
  type KeyRing,
  TURN_EVENTS_CHANNEL,
  TURN_RUNS_WITHIN_SECONDS,
  type Turn,
  type TurnEvent,
  TurnId,
  type TurnProgress,
  turnEventsKey,
  turnKey,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import {
  type Clock,
  createRecordSealer,
  type Logger,
  type RedisClient,
  randomToken,
  runScript,
  sha256,
} from '@agent-identity/service-runtime'
import { BYTES_OF_A_PAGE, latestWithin, TURNS_OF_A_PAGE, type TurnPage } from './conversation-page.ts'
import { createConversationStorage, type StorageLimits } from './conversation-storage.ts'
import { createOverdueWork } from './overdue-work.ts'
import { expectOwn, type Run } from './run.ts'
import { createTurnEvents } from './turn-events.ts'
import { createTurnMemory } from './turn-memory.ts'
import { createTurnRecords } from './turn-records.ts'
import {
  APPEND_EVENT,
  CLAIM_TURN,
  CREATE_TURN,
  END_TURN,
  HAND_OVER_TURN,
  RENEW_LEASE,
  SUSPEND_TURN,
} from './turn-scripts.ts'

export function createTurns(dependencies: {
  redis: RedisClient
  turnKeys: KeyRing
  ttlSeconds: number
  /** Of a conversation. */
  mostTurns: number
  storageLimits: StorageLimits
  /** A run that does not renew its lease for this long counts as dead. */
  leaseMs: number
  clock: Clock
  log: Logger
}) {
  const { redis, turnKeys, mostTurns, storageLimits, leaseMs, clock, log } = dependencies
  const ttlMs = dependencies.ttlSeconds * 1_000
  const records = createTurnRecords({ redis, turnKeys, log })
  const events = createTurnEvents({ redis, sealer: createRecordSealer(turnKeys, 'turn', log) })
  const memory = createTurnMemory({ redis, turnKeys, events, ttlMs, log })
  const storage = createConversationStorage({ redis, limits: storageLimits, ttlMs, clock })
  const script = (text: string, keys: readonly string[], args: readonly (string | number)[]) =>
    runScript(redis, text, keys, args)

  const read = async (id: TurnId): Promise<Turn | undefined> => (await records.read(id))?.turn

  async function ownConversation(id: ConversationId, owner: UserRef): Promise<string | undefined> {
    const sealed = await redis.hget(conversationKey(id), 'facts')
    return sealed && records.openConversation(id, sealed)?.owner === owner ? sealed : undefined
  }

  return {
    leaseMs,
    read,

    /** A request repeated with its key gives the same turn. */
    async create(
      request: NewTurn,
    ): Promise<{ conversationId: ConversationId; turnId: TurnId } | 'not-found' | 'busy' | 'full' | 'storage-full'> {
      const name = nameOf(request)
      const conversationId = request.conversationId ?? ConversationId.parse(name.slice(0, 22))
      const turnId = TurnId.parse(`${conversationId}.${name.slice(22, 33)}`)
      const { owner, userSession, message, requestId } = request
      const conversation = request.conversationId
        ? await ownConversation(conversationId, owner)
        : records.sealConversation(conversationId, { owner })
      if (!conversation) return 'not-found'
      const turn = {
        facts: records.sealFacts(turnId, { owner, userSession, message, createdAt: clock(), requestId }),
        progress: records.sealProgress(turnId, { status: 'queued', run: 0 }),
        leaseEndsAt: '0',
      }
      // Before the conversation is written: an erasure has to find it.
      const hasRoom = await storage.makeRoom(owner, conversationId)
      const result = await script(
        CREATE_TURN,
        [conversationKey(conversationId), turnKey(turnId), conversationTurnsKey(conversationId)],
        [
          request.conversationId ? 'existing' : 'new',
          conversation,
          turnId,
          ttlMs,
          mostTurns,
          hasRoom ? 'room' : 'no-room',
          turn.facts.length,
          ...Object.entries(turn).flat(),
        ],
      )
      if (result === 'created') return { conversationId, turnId }
      // `changed`: the conversation has gone since it was read, or its facts were replaced.
      return result === 'busy' || result === 'full' || result === 'storage-full' ? result : 'not-found'
    },

    overdueWork: createOverdueWork({ redis, read, clock }),

    /** Oldest first. @returns nothing when the user has no such conversation, or it has no turn `before`. */
    async list(conversationId: ConversationId, owner: UserRef, before?: TurnId): Promise<TurnPage | undefined> {
      if (!(await ownConversation(conversationId, owner))) return undefined
      const ids = (await redis.lrange(conversationTurnsKey(conversationId), 0, -1)) as TurnId[]
      const end = before === undefined ? ids.length : ids.indexOf(before)
      if (end < 0) return undefined
      const start = Math.max(0, end - TURNS_OF_A_PAGE)
      const turns = await Promise.all(
        ids.slice(start, end).map(async (turnId) => ({ turnId, turn: await read(turnId) })),
      )
      // The list is not sealed: only turns of this user and of this conversation are accepted.
      const own = turns.flatMap(({ turnId, turn }) =>
        turn?.owner === owner && conversationIdOf(turnId) === conversationId ? [{ turnId, turn }] : [],
      )
      const page = latestWithin(own, BYTES_OF_A_PAGE)
      const hasEarlier = start > 0 || page.length < own.length
      return { turns: page, before: hasEarlier ? (page[0]?.turnId ?? ids[start]) : undefined }
    },

    /**
     * `start` from `queued`, `resume` from `waiting`, and either from a run whose lease is over.
     *
     * @returns `busy` while another run has it. `isTooLate`: the run may end the turn, and nothing else
     */
    async claim(
      id: TurnId,
      kind: 'start' | 'resume',
    ): Promise<{ run: Run; turn: Turn; isTooLate: boolean } | 'busy' | undefined> {
      for (;;) {
        const stored = await records.read(id)
        if (!stored) return undefined
        const from = stored.turn.status
        if (from !== 'running' && from !== (kind === 'start' ? 'queued' : 'waiting')) return undefined
        const number = stored.turn.run + 1
        const counted = (stored.turn.takeOvers ?? 0) + (stored.turn.handedOver ? 0 : 1)
        const takeOvers = from === 'running' ? counted : 0
        const resumed = (stored.turn.resumed || from === 'waiting') && ({ resumed: true } as const)
        const running = { status: 'running', run: number, takeOvers, ...resumed } as const
        const progress = records.sealProgress(id, running)
        const now = clock()
        const result = await script(
          CLAIM_TURN,
          [turnKey(id), turnEventsKey(id)],
          [stored.sealedProgress, progress, from, now, now + leaseMs, TURN_EVENTS_CHANNEL, id],
        )
        const within = TURN_RUNS_WITHIN_SECONDS[resumed ? 'onceResumed' : 'ofQuestion']
        const isTooLate = now - stored.turn.createdAt > within * 1_000
        if (result === 'claimed') return { run: { number, progress }, turn: { ...stored.turn, ...running }, isTooLate }
        if (result === 'busy') return 'busy'
      }
    },

    /** @throws SupersededError */
    async renewLease(id: TurnId, run: Run): Promise<void> {
      expectOwn(await script(RENEW_LEASE, [turnKey(id)], [run.progress, clock() + leaseMs]))
    },

    /**
     * Any replica can claim the turn at once. The record says under its seal that it was handed over: a lease that has ended could be of a run that
     * vanished.
     *
     * @throws SupersededError
     */
    async handOver(
      id: TurnId,
      run: Run,
      { takeOvers = 0, resumed }: Pick<Turn, 'takeOvers' | 'resumed'>,
    ): Promise<void> {
      const handedOver = { status: 'running', run: run.number, takeOvers, resumed, handedOver: true } as const
      expectOwn(await script(HAND_OVER_TURN, [turnKey(id)], [run.progress, records.sealProgress(id, handedOver)]))
    },

    /** @param run of the event, if it has one. @throws SupersededError */
    async append(id: TurnId, event: TurnEvent, run?: Run): Promise<void> {
      expectOwn(
        await script(
          APPEND_EVENT,
          [turnKey(id), turnEventsKey(id), conversationKey(conversationIdOf(id))],
          [run?.progress ?? '', ...events.seal(id, event), TURN_EVENTS_CHANNEL, id, ttlMs],
        ),
      )
    },

    asked: memory.asked,
    effects: memory.effects,

    /** @returns `again` when work was delivered while it was running. @throws SupersededError */
    async suspend(id: TurnId, run: Run): Promise<'suspended' | 'again'> {
      const waiting = records.sealProgress(id, progressAfter(run, 'waiting'))
      const result = await script(SUSPEND_TURN, [turnKey(id), turnEventsKey(id)], [run.progress, waiting])
      return expectOwn(result) as 'suspended' | 'again'
    },

    /** @throws SupersededError */
    async end(id: TurnId, run: Run, status: 'done' | 'failed', last: readonly TurnEvent[]): Promise<void> {
      const sealed = last.flatMap((event) => events.seal(id, event))
      expectOwn(
        await script(
          END_TURN,
          [turnKey(id), turnEventsKey(id), conversationKey(conversationIdOf(id))],
          [
            run.progress,
            records.sealProgress(id, progressAfter(run, status)),
            TURN_EVENTS_CHANNEL,
            id,
            ttlMs,
            ...sealed,
          ],
        ),
      )
    },

    eventsAfter: events.after,
  }
}

interface NewTurn {
  owner: UserRef
  userSession: UserSessionRef
  message: string
  requestId: string
  conversationId?: ConversationId | undefined
  idempotencyKey?: string | undefined
}

/** New ids are taken from its first 33 characters. */
function nameOf({ owner, message, conversationId, idempotencyKey }: NewTurn): string {
  if (idempotencyKey === undefined) return randomToken(32)
  return sha256(['turn', owner, conversationId ?? '', idempotencyKey, message].join('\n'))
}

const progressAfter = (run: Run, status: TurnProgress['status']): TurnProgress => ({ status, run: run.number })

export type Turns = ReturnType<typeof createTurns>
