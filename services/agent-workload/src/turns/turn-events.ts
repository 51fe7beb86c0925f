import { PLACES, type TurnEvent, type TurnId, turnEventsKey } from '@agent-identity/contracts'
import type { RedisClient, Sealer } from '@agent-identity/service-runtime'

/** An event opens only in its own turn, and under its own name. */
export function createTurnEvents({ redis, sealer }: { redis: RedisClient; sealer: Sealer }) {
  return {
    seal: (id: TurnId, { event, data }: TurnEvent): [name: string, data: string] => [
      event,
      sealer.seal(JSON.stringify(data), PLACES.turnEvent(id, event)),
    ],

    /** Oldest first, a batch at a time. @throws UnsealError when one of them does not open. */
    async after(id: TurnId, cursor: string): Promise<{ id: string; event: string; data: string }[]> {
      const entries = await redis.xrange(turnEventsKey(id), `(${cursor}`, '+', 'COUNT', 200)
      return entries.map(([entryId, [, event = '', , data = '']]) => ({
        id: entryId,
        event,
        // `restarted` is written by a script in Redis, which cannot seal. It contains only a cursor.
        data: RESTARTED.test(`${event} ${data}`) ? data : sealer.open(data, PLACES.turnEvent(id, event)),
      }))
    },
  }
}

const RESTARTED = /^restarted \{"after":"\d+-\d+"\}$/

export type TurnEvents = ReturnType<typeof createTurnEvents>
