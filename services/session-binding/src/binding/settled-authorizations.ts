import {
  AUTHORIZATION_SETTLED_CHANNEL,
  type AuthorizationId,
  type PendingAuthorization,
} from '@agent-identity/contracts'
import { type RedisClient, subscribeToSettlements } from '@agent-identity/service-runtime'

export interface SettledAuthorizations {
  /** Waits until the authorization has left `binding`, at most `waitMs`. @returns the record then. */
  next(
    id: AuthorizationId,
    read: () => Promise<PendingAuthorization | undefined>,
  ): Promise<PendingAuthorization | undefined>
}

export function subscribeToSettledAuthorizations(subscriber: RedisClient, waitMs: number): SettledAuthorizations {
  const settlements = subscribeToSettlements(subscriber, AUTHORIZATION_SETTLED_CHANNEL)
  return { next: (id, read) => settlements.next(id, read, (record) => record?.status === 'binding', { waitMs }) }
}
