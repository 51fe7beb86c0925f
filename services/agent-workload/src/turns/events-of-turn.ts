import { TURN_EVENTS_CHANNEL, type TurnId } from '@agent-identity/contracts'
import type { StreamSource } from '../event-streams/event-streams.ts'
import type { Turns } from './turns.ts'

export const eventsOfTurn = (turns: Pick<Turns, 'eventsAfter'>, turnId: TurnId): StreamSource => ({
  channel: TURN_EVENTS_CHANNEL,
  topic: turnId,
  async read(cursor) {
    const events = await turns.eventsAfter(turnId, cursor)
    return { events, isMore: events.length > 0 }
  },
})
