import {
  AuthorizationId,
  type AuthorizationRequired,
  ConnectionId,
  conversationIdOf,
  conversationKey,
  type KeyRing,
  PLACES,
  type ProviderId,
  TURN_EVENTS_CHANNEL,
  type TurnId,
  turnAuthorizationsKey,
  turnEffectsKey,
  turnEventsKey,
  turnKey,
} from '@agent-identity/contracts'
import { createSealedRecord, type Logger, type RedisClient, runScript } from '@agent-identity/service-runtime'
import { z } from 'zod'
import { expectOwn, type Run } from './run.ts'
import type { TurnEvents } from './turn-events.ts'
import { ANNOUNCE, INTEND_EFFECT, KEEP_ACCOUNT, RECORD_EFFECT, WITHDRAW_EFFECT } from './turn-scripts.ts'

const Asked = z.object({ authorizationId: AuthorizationId })
const AccountOfTurn = z.object({ connection: ConnectionId })
/** `refused`: nothing was done. */
export const Effect = z.object({ outcome: z.string().optional(), refused: z.literal(true).optional() })
type Effect = z.infer<typeof Effect>

export function createTurnMemory(dependencies: {
  redis: RedisClient
  turnKeys: KeyRing
  events: TurnEvents
  ttlMs: number
  log: Logger
}) {
  const { redis, turnKeys, events, ttlMs, log } = dependencies
  const authorization = createSealedRecord(turnKeys, 'turn authorization', Asked, log)
  const account = createSealedRecord(turnKeys, 'turn account', AccountOfTurn, log)
  const effectRecord = createSealedRecord(turnKeys, 'turn effect', Effect, log)

  return {
    asked: (id: TurnId, run: Run) => {
      async function find(request: string): Promise<AuthorizationId | undefined> {
        const sealed = await redis.hget(turnAuthorizationsKey(id), request)
        return sealed === null
          ? undefined
          : authorization.open(sealed, PLACES.turnAuthorization(id, request))?.authorizationId
      }
      /** @throws Error for a value that does not open: another account could be chosen in its place */
      const openAccount = (sealed: string, field: string): ConnectionId => {
        const { connection } = account.open(sealed, PLACES.turnAuthorization(id, field)) ?? unreadable()
        return connection
      }
      return {
        find,
        async accountAt(provider: ProviderId): Promise<ConnectionId | undefined> {
          const field = accountField(provider)
          const sealed = await redis.hget(turnAuthorizationsKey(id), field)
          return sealed === null ? undefined : openAccount(sealed, field)
        },
        /** @returns the account that was kept first. @throws SupersededError */
        async keepAccount(provider: ProviderId, connection: ConnectionId): Promise<ConnectionId> {
          const field = accountField(provider)
          const sealed = account.seal({ connection }, PLACES.turnAuthorization(id, field))
          const keys = [turnKey(id), turnAuthorizationsKey(id)]
          return openAccount(
            expectOwn(await runScript(redis, KEEP_ACCOUNT, keys, [run.progress, field, sealed, ttlMs])),
            field,
          )
        },
        /** Writes the event once: two tools of the run may announce the same authorization. @throws SupersededError */
        async announce(request: string, event: AuthorizationRequired): Promise<void> {
          expectOwn(
            await runScript(
              redis,
              ANNOUNCE,
              [turnKey(id), turnEventsKey(id), conversationKey(conversationIdOf(id)), turnAuthorizationsKey(id)],
              [
                run.progress,
                ...events.seal(id, { event: 'authorization_required', data: event }),
                TURN_EVENTS_CHANNEL,
                id,
                ttlMs,
                request,
                authorization.seal({ authorizationId: event.authorizationId }, PLACES.turnAuthorization(id, request)),
                announcedField(event.authorizationId),
              ],
            ),
          )
        },
      }
    },

    /** Only the current run may record an intent; any run that knows an outcome may record it. */
    effects(id: TurnId, run: Run) {
      const key = turnEffectsKey(id)
      const seal = (effect: string, value: Effect) => effectRecord.seal(value, PLACES.turnEffect(id, effect))
      /** As this run has sealed them. */
      const intents = new Map<string, string>()

      /** @throws SupersededError */
      async function intend(
        effect: string,
        mayHaveBegun: number | 'any',
        replaces = '',
      ): Promise<'new' | 'intended' | 'beyond-limit' | { outcome: string }> {
        const limit = mayHaveBegun === 'any' ? '' : mayHaveBegun
        const intent = seal(effect, {})
        const args = [run.progress, effect, intent, ttlMs, limit, replaces]
        const known = expectOwn(await runScript(redis, INTEND_EFFECT, [turnKey(id), key], args))
        if (known === 'new') intents.set(effect, intent)
        if (known === 'new' || known === 'beyond-limit') return known
        // A change whose value does not open may have been begun, too.
        const opened = effectRecord.open(known, PLACES.turnEffect(id, effect))
        // A refused change was counted already: it may begin again, with a confirmation where one is required now.
        if (opened?.refused) return mayHaveBegun === 0 ? 'beyond-limit' : intend(effect, mayHaveBegun, known)
        return opened?.outcome === undefined ? 'intended' : { outcome: opened.outcome }
      }

      return {
        intend: (effect: string, mayHaveBegun: number | 'any') => intend(effect, mayHaveBegun),
        async recordOutcome(effect: string, outcome: string): Promise<void> {
          await runScript(redis, RECORD_EFFECT, [key], [effect, seal(effect, { outcome })])
        },
        async withdraw(effect: string): Promise<void> {
          const intent = intents.get(effect)
          if (intent === undefined) return
          await runScript(redis, WITHDRAW_EFFECT, [key], [effect, intent, seal(effect, { refused: true })])
        },
        async begun() {
          const effects = Object.entries(await redis.hgetall(key))
          return effects.map(([effect, sealed]) => ({
            id: effect,
            isRefused: effectRecord.open(sealed, PLACES.turnEffect(id, effect))?.refused === true,
          }))
        },
      }
    },
  }
}

const accountField = (provider: ProviderId) => `account ${provider}`
const announcedField = (id: AuthorizationId) => `announced ${id}`

function unreadable(): never {
  throw new Error('The account that a turn uses cannot be read')
}
