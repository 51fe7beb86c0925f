import {
  AuthorizationId,
  type AuthorizationRequired,
  type KeyRing,
  PLACES,
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
import { ANNOUNCE, INTEND_EFFECT, SETTLE_EFFECT } from './turn-scripts.ts'

const Asked = z.object({ authorizationId: AuthorizationId })
const Effect = z.object({ outcome: z.string().optional() })

/** What all runs of one turn know: what it has asked its user for, and what it has done at vendors. */
export function createTurnMemory(dependencies: {
  redis: RedisClient
  turnKeys: KeyRing
  events: TurnEvents
  ttlMs: number
  log: Logger
}) {
  const { redis, turnKeys, events, ttlMs, log } = dependencies
  const authorization = createSealedRecord(turnKeys, 'turn authorization', Asked, log)
  const effectRecord = createSealedRecord(turnKeys, 'turn effect', Effect, log)

  return {
    asked: (id: TurnId, run: Run) => {
      async function find(request: string): Promise<AuthorizationId | undefined> {
        const sealed = await redis.hget(turnAuthorizationsKey(id), request)
        return sealed === null
          ? undefined
          : authorization.open(sealed, PLACES.turnAuthorization(id, request))?.authorizationId
      }
      return {
        find,
        /** Remembers it and tells the browser, in one step; a second time it does nothing. @throws SupersededError */
        async announce(request: string, event: AuthorizationRequired): Promise<void> {
          // Nobody else writes it: the run that has claimed the turn asks for one thing at a time.
          if ((await find(request)) === event.authorizationId) return
          expectOwn(
            await runScript(
              redis,
              ANNOUNCE,
              [turnKey(id), turnEventsKey(id), turnAuthorizationsKey(id)],
              [
                run.progress,
                ...events.seal(id, { event: 'authorization_required', data: event }),
                TURN_EVENTS_CHANNEL,
                id,
                ttlMs,
                request,
                authorization.seal({ authorizationId: event.authorizationId }, PLACES.turnAuthorization(id, request)),
              ],
            ),
          )
        },
      }
    },

    /** An intent is written by the run that may write, an outcome by whichever run knows it. */
    effects(id: TurnId, run: Run) {
      const key = turnEffectsKey(id)
      const seal = (effect: string, value: z.infer<typeof Effect>) =>
        effectRecord.seal(value, PLACES.turnEffect(id, effect))
      return {
        /** @throws SupersededError */
        async intend(effect: string): Promise<'new' | 'intended' | { outcome: string }> {
          const args = [run.progress, effect, seal(effect, {}), ttlMs]
          const known = expectOwn(await runScript(redis, INTEND_EFFECT, [turnKey(id), key], args))
          if (known === 'new') return 'new'
          // What does not open was begun as well, as far as anybody can say.
          const outcome = effectRecord.open(known, PLACES.turnEffect(id, effect))?.outcome
          return outcome === undefined ? 'intended' : { outcome }
        },
        async settle(effect: string, outcome: string): Promise<void> {
          await runScript(redis, SETTLE_EFFECT, [key], [effect, seal(effect, { outcome })])
        },
        async withdraw(effect: string): Promise<void> {
          await redis.hdel(key, effect)
        },
      }
    },
  }
}
