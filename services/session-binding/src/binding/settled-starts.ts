import { START_SETTLED_CHANNEL, type StartId, type StoredStart } from '@agent-identity/contracts'
import { type RedisClient, subscribeToSettlements } from '@agent-identity/service-runtime'

export interface SettledStarts {
  /** Waits until the start has left `binding`, at most `waitMs`. @returns the record then. */
  next(id: StartId, read: () => Promise<StoredStart | undefined>): Promise<StoredStart | undefined>
}

export function subscribeToSettledStarts(subscriber: RedisClient, waitMs: number): SettledStarts {
  const settlements = subscribeToSettlements(subscriber, START_SETTLED_CHANNEL)
  return { next: (id, read) => settlements.next(id, read, (record) => record?.status === 'binding', { waitMs }) }
}
