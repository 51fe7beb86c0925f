import {
  type CallToConfirm,
  CONFIRMATION_EXPIRIES_KEY,
  type ConfirmationFacts,
  ConfirmationId,
  confirmationField,
  confirmationsKeyOf,
  confirmingTurnsKey,
  conversationIdOf,
  conversationKey,
  type KeyRing,
  LOOK_AFTER_CHANGE_MS,
  TURN_EVENTS_CHANNEL,
  TurnId,
  turnConfirmationsKey,
  turnEventsKey,
  turnKey,
  type UserSessionRef,
} from '@agent-identity/contracts'
import {
  type Clock,
  createRecordSealer,
  type Logger,
  type RedisClient,
  randomToken,
  runScript,
} from '@agent-identity/service-runtime'
import type { Decision } from '@agent-identity/tools'
import { expectOwn, type Run } from '../turns/run.ts'
import { createTurnEvents } from '../turns/turn-events.ts'
import { type Confirmation, createConfirmationRecords } from './confirmation-records.ts'
import { ASK_CONFIRMATION, END_CONFIRMATION } from './confirmation-scripts.ts'

export interface UnconfirmedCall {
  call: ConfirmationFacts['calls'][number]
  shown: CallToConfirm
}

/** A turn has at most one open confirmation. */
export function createConfirmations(dependencies: {
  redis: RedisClient
  turnKeys: KeyRing
  ttlSeconds: number
  turnTtlSeconds: number
  clock: Clock
  log: Logger
}) {
  const { redis, turnKeys, ttlSeconds, turnTtlSeconds, clock, log } = dependencies
  const records = createConfirmationRecords({ redis, turnKeys, log })
  const events = createTurnEvents({ redis, sealer: createRecordSealer(turnKeys, 'turn', log) })
  const isOpen = ({ status, expiresAt }: Confirmation) => status === 'pending' && clock() < expiresAt

  /** When a confirmation was declined or has expired, no later call leads to another one: the model must not ask until its user gives in. */
  function decisionIn(all: readonly Confirmation[], effect: string): Decision {
    const names = ({ calls }: Confirmation) => calls.some((call) => call.effect === effect)
    if (all.some((one) => one.status === 'confirmed' && names(one))) return 'confirmed'
    if (all.some(({ status }) => status === 'declined')) return 'declined'
    const isOver = (one: Confirmation) => one.status === 'expired' || (one.status === 'pending' && !isOpen(one))
    return all.some(isOver) ? 'expired' : 'none'
  }

  return {
    read: records.read,

    decisionOn: async (turn: TurnId, effect: string): Promise<Decision> => decisionIn(await records.list(turn), effect),

    /**
     * Asks for all of these together, and replaces the turn's previous question, in one step.
     *
     * @returns nothing when the same calls are being asked for already, or when a question has been settled since the calls were made: that
     *   resumes the turn.
     * @throws SupersededError
     */
    async ask(
      turn: { turnId: TurnId; run: Run; userSession: UserSessionRef },
      calls: readonly UnconfirmedCall[],
      begun: number,
    ): Promise<ConfirmationId | undefined> {
      const { turnId, run, userSession } = turn
      const all = await records.list(turnId)
      if (calls.some(({ call }) => decisionIn(all, call.effect) !== 'none')) return undefined
      const open = all.filter(isOpen)
      if (open.some((one) => areSame(one.calls, calls))) return undefined
      const id = ConfirmationId.parse(`${turnId}.${randomToken(8)}`)
      const createdAt = clock()
      const expiresAt = createdAt + ttlSeconds * 1_000
      const facts = { calls: calls.map(({ call }) => call), createdAt, expiresAt }
      const event = {
        event: 'confirmation_required',
        data: {
          confirmationId: id,
          calls: calls.map(({ shown }) => shown),
          begun,
          expiresAt: new Date(expiresAt).toISOString(),
        },
      } as const
      // Before the record: an id without a record is removed later.
      await redis.zadd(CONFIRMATION_EXPIRIES_KEY, expiresAt, id)
      await redis.sadd(confirmingTurnsKey(userSession), turnId)
      await redis.pexpireat(confirmingTurnsKey(userSession), expiresAt)
      const result = await runScript(
        redis,
        ASK_CONFIRMATION,
        [
          turnKey(turnId),
          turnEventsKey(turnId),
          turnConfirmationsKey(turnId),
          conversationKey(conversationIdOf(turnId)),
        ],
        [
          run.progress,
          ...events.seal(turnId, event),
          TURN_EVENTS_CHANNEL,
          turnId,
          turnTtlSeconds * 1_000,
          confirmationField(id, 'facts'),
          records.sealFacts(id, facts),
          confirmationField(id, 'progress'),
          records.sealStatus(id, 'pending'),
          ...open.flatMap((one) => [
            confirmationField(one.id, 'progress'),
            one.sealedProgress,
            records.sealStatus(one.id, 'withdrawn'),
          ]),
        ],
      )
      return expectOwn(result) === 'asked' ? id : undefined
    },

    /** @returns nothing when it was not open (for an answer), or not pending and overdue (for `expired`). */
    async end(id: ConfirmationId, status: 'confirmed' | 'declined' | 'expired'): Promise<Confirmation | undefined> {
      for (;;) {
        const found = await records.read(id)
        if (found?.status !== 'pending' || isOpen(found) === (status === 'expired')) return undefined
        // Before the change: this process may die before the turn is resumed.
        await redis.zadd(CONFIRMATION_EXPIRIES_KEY, 'XX', 'LT', clock() + LOOK_AFTER_CHANGE_MS, id)
        const args = [confirmationField(id, 'progress'), found.sealedProgress, records.sealStatus(id, status)]
        if ((await runScript(redis, END_CONFIRMATION, [confirmationsKeyOf(id)], args)) === 'ended')
          return { ...found, status }
      }
    },

    async forgetExpiry(id: ConfirmationId): Promise<void> {
      await redis.zrem(CONFIRMATION_EXPIRIES_KEY, id)
    },

    /** The turns that may be waiting for an answer. */
    async confirmingTurns(ref: UserSessionRef): Promise<TurnId[]> {
      const turns = await redis.smembers(confirmingTurnsKey(ref))
      return turns.flatMap((turn) => TurnId.safeParse(turn).data ?? [])
    },

    async forgetConfirmingTurns(ref: UserSessionRef): Promise<void> {
      await redis.del(confirmingTurnsKey(ref))
    },
  }
}

function areSame(asked: ConfirmationFacts['calls'], calls: readonly UnconfirmedCall[]): boolean {
  const effects = new Set(asked.map(({ effect }) => effect))
  return effects.size === calls.length && calls.every(({ call }) => effects.has(call.effect))
}

export type Confirmations = ReturnType<typeof createConfirmations>
