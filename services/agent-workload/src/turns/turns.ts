import {
  type AuthorizationId,
  type AuthorizationRequired,
  Conversation,
  ConversationId,
  conversationIdOf,
  conversationKey,
  conversationTurnsKey,
  TURN_EVENTS_CHANNEL,
  Turn,
  type TurnEvent,
  TurnId,
  turnAuthorizationsKey,
  turnEffectsKey,
  turnEventsKey,
  turnKey,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import {
  type Clock,
  type RedisClient,
  randomToken,
  runScript,
  type Sealer,
  sha256,
} from '@agent-identity/service-runtime'
import {
  ANNOUNCE,
  APPEND_EVENT,
  CLAIM_TURN,
  CREATE_TURN,
  END_TURN,
  INTEND_EFFECT,
  RENEW_LEASE,
  SETTLE_EFFECT,
  SUSPEND_TURN,
} from './turn-scripts.ts'

/** Another run has taken the turn over: this one must stop, and may write nothing any more. */
export class SupersededError extends Error {
  override name = 'SupersededError'
}

/** Conversations, turns and their events in Redis. */
export function createTurns(dependencies: {
  redis: RedisClient
  sealer: Sealer
  ttlSeconds: number
  /** A run that does not renew its lease for this long is taken for dead. */
  leaseMs: number
  clock: Clock
}) {
  const { redis, sealer, ttlSeconds, leaseMs, clock } = dependencies
  const ttlMs = ttlSeconds * 1_000

  const eval_ = async (script: string, keys: readonly string[], args: readonly (string | number)[]) =>
    String(await runScript(redis, script, keys, args))

  /** The stream and the event's name: what was said in one turn is shown in no other, and not as something else. */
  const eventPlace = (id: TurnId, name: string) => `${turnEventsKey(id)} ${name}`
  const sealed = (id: TurnId, { event, data }: TurnEvent): [name: string, data: string] => [
    event,
    sealer.seal(JSON.stringify(data), eventPlace(id, event)),
  ]

  async function read(id: TurnId): Promise<Turn | undefined> {
    const fields = await redis.hgetall(turnKey(id))
    return Object.keys(fields).length === 0 ? undefined : Turn.parse(fields)
  }

  return {
    leaseMs,
    read,

    openMessage: (id: TurnId, turn: Turn): string => sealer.open(turn.message, `${turnKey(id)} message`),

    /** A turn of a new conversation, or of one of this user that is free; the same one for the same key and message. */
    async create(request: {
      owner: UserRef
      userSession: UserSessionRef
      message: string
      requestId: string
      conversationId?: ConversationId | undefined
      /** The browser's name for this attempt to ask: whoever does not know how it ended may repeat it. */
      idempotencyKey?: string | undefined
    }): Promise<{ conversationId: ConversationId; turnId: TurnId } | 'not-found' | 'busy'> {
      const name = nameOf(request)
      const conversationId = request.conversationId ?? ConversationId.parse(name.slice(0, 22))
      const turnId = TurnId.parse(`${conversationId}.${name.slice(22, 33)}`)
      const turn = {
        status: 'queued',
        owner: request.owner,
        userSession: request.userSession,
        message: sealer.seal(request.message, `${turnKey(turnId)} message`),
        createdAt: String(clock()),
        run: '0',
        leaseEndsAt: '0',
        requestId: request.requestId,
      } satisfies Record<keyof Turn, string>
      const result = await eval_(
        CREATE_TURN,
        [conversationKey(conversationId), turnKey(turnId), conversationTurnsKey(conversationId)],
        [request.owner, turnId, ttlMs, request.conversationId ? 'existing' : 'new', ...Object.entries(turn).flat()],
      )
      return result === 'created' ? { conversationId, turnId } : (result as 'not-found' | 'busy')
    },

    /** The turn that a conversation waits for and that no run has begun yet. */
    async queued(conversationId: ConversationId): Promise<TurnId | undefined> {
      const current = TurnId.safeParse(await redis.hget(conversationKey(conversationId), 'currentTurn'))
      return current.success && (await read(current.data))?.status === 'queued' ? current.data : undefined
    },

    /** Every turn of a conversation of this user, oldest first. */
    async list(conversationId: ConversationId, owner: UserRef): Promise<{ turnId: TurnId; turn: Turn }[] | undefined> {
      const conversation = Conversation.safeParse(await redis.hgetall(conversationKey(conversationId)))
      if (!conversation.success || conversation.data.owner !== owner) return undefined
      const ids = (await redis.lrange(conversationTurnsKey(conversationId), 0, -1)) as TurnId[]
      const turns = await Promise.all(ids.map(async (turnId) => ({ turnId, turn: await read(turnId) })))
      return turns.flatMap(({ turnId, turn }) => (turn ? [{ turnId, turn }] : []))
    },

    /** Takes the turn for one run: `start` from `queued`, `resume` from `waiting`, and either from a run that has died. */
    async claim(id: TurnId, kind: 'start' | 'resume'): Promise<number | undefined> {
      const now = clock()
      const result = await eval_(
        CLAIM_TURN,
        [turnKey(id), turnEventsKey(id)],
        [now, now + leaseMs, TURN_EVENTS_CHANNEL, id, kind === 'start' ? 'queued' : 'waiting'],
      )
      return /^\d+$/.test(result) ? Number(result) : undefined
    },

    /** @throws SupersededError */
    async renewLease(id: TurnId, run: number): Promise<void> {
      expectOwn(await eval_(RENEW_LEASE, [turnKey(id)], [run, clock() + leaseMs]))
    },

    /** Gives the run up, so that another replica can claim it at once. @throws SupersededError */
    async giveUp(id: TurnId, run: number): Promise<void> {
      expectOwn(await eval_(RENEW_LEASE, [turnKey(id)], [run, 0]))
    },

    /** An event of the run, or without one an event that came to the turn from outside. @throws SupersededError */
    async append(id: TurnId, event: TurnEvent, run?: number): Promise<void> {
      expectOwn(
        await eval_(
          APPEND_EVENT,
          [turnKey(id), turnEventsKey(id)],
          [run ?? '', ...sealed(id, event), TURN_EVENTS_CHANNEL, id, ttlMs],
        ),
      )
    },

    asked: (id: TurnId, run: number) => ({
      find: async (request: string): Promise<AuthorizationId | undefined> =>
        ((await redis.hget(turnAuthorizationsKey(id), request)) as AuthorizationId | null) ?? undefined,
      announce: async (request: string, event: AuthorizationRequired): Promise<void> => {
        expectOwn(
          await eval_(
            ANNOUNCE,
            [turnKey(id), turnEventsKey(id), turnAuthorizationsKey(id)],
            [
              run,
              ...sealed(id, { event: 'authorization_required', data: event }),
              TURN_EVENTS_CHANNEL,
              id,
              ttlMs,
              request,
              event.authorizationId,
            ],
          ),
        )
      },
    }),

    /** What the turn has done at vendors or set out to do: an intent by the run that may write, an outcome by whoever knows it. */
    effects(id: TurnId, run: number) {
      const key = turnEffectsKey(id)
      return {
        async intend(effect: string): Promise<'new' | 'intended' | { outcome: string }> {
          const known = expectOwn(await eval_(INTEND_EFFECT, [turnKey(id), key], [run, effect, ttlMs]))
          return known === 'new' || known === 'intended' ? known : { outcome: sealer.open(known, `${key} ${effect}`) }
        },
        async settle(effect: string, outcome: string): Promise<void> {
          await eval_(SETTLE_EFFECT, [key], [effect, sealer.seal(outcome, `${key} ${effect}`)])
        },
        async withdraw(effect: string): Promise<void> {
          await redis.hdel(key, effect)
        },
      }
    },

    /** @returns whether the turn must run again, because something settled while it was running. @throws SupersededError */
    async suspend(id: TurnId, run: number): Promise<'suspended' | 'again'> {
      return expectOwn(await eval_(SUSPEND_TURN, [turnKey(id), turnEventsKey(id)], [run])) as 'suspended' | 'again'
    },

    /** @throws SupersededError */
    async end(id: TurnId, run: number, status: 'done' | 'failed', events: readonly TurnEvent[]): Promise<void> {
      expectOwn(
        await eval_(
          END_TURN,
          [turnKey(id), turnEventsKey(id), conversationKey(conversationIdOf(id))],
          [run, status, TURN_EVENTS_CHANNEL, id, ttlMs, ...events.flatMap((event) => sealed(id, event))],
        ),
      )
    },

    /** The events after a cursor, oldest first, a batch at a time. @throws UnsealError when one of them is not ours. */
    async eventsAfter(id: TurnId, cursor: string): Promise<{ id: string; event: string; data: string }[]> {
      const entries = await redis.xrange(turnEventsKey(id), `(${cursor}`, '+', 'COUNT', 200)
      return entries.map(([entryId, [, event = '', , data = '']]) => ({
        id: entryId,
        event,
        // Redis itself says from where on a dead run's events are void: a cursor, and nothing that anybody said.
        data: RESTARTED.test(`${event} ${data}`) ? data : sealer.open(data, eventPlace(id, event)),
      }))
    },
  }
}

const RESTARTED = /^restarted \{"after":"\d+-\d+"\}$/

/** 33 characters that only this user's key and message give; without a key nobody's. */
function nameOf({ owner, message, conversationId, idempotencyKey }: Parameters<Turns['create']>[0]): string {
  if (idempotencyKey === undefined) return randomToken(32)
  return sha256(['turn', owner, conversationId ?? '', idempotencyKey, message].join('\n'))
}

function expectOwn(result: string): string {
  if (result === 'superseded') throw new SupersededError('Another run has taken this turn over')
  return result
}

export type Turns = ReturnType<typeof createTurns>
