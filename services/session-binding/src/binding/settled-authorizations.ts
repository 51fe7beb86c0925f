import {
  AUTHORIZATION_SETTLED_CHANNEL,
  type AuthorizationId,
  type PendingAuthorization,
} from '@agent-identity/contracts'
import { type RedisClient, wheneverReady } from '@agent-identity/service-runtime'

export interface SettledAuthorizations {
  /** Waits until the authorization has left `binding`, at most `waitMs`. @returns the record then. */
  next(
    id: AuthorizationId,
    read: () => Promise<PendingAuthorization | undefined>,
  ): Promise<PendingAuthorization | undefined>
}

/** One subscription per process; a return that waits costs an entry in a map and no polling. */
export function subscribeToSettledAuthorizations(subscriber: RedisClient, waitMs: number): SettledAuthorizations {
  const waiting = new Map<string, Set<() => void>>()
  subscriber.on('message', (_channel: string, id: string) => {
    for (const wake of waiting.get(id) ?? []) wake()
  })
  wheneverReady(subscriber, () => subscriber.subscribe(AUTHORIZATION_SETTLED_CHANNEL))

  return {
    async next(id, read) {
      let wake = () => {}
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      const wakes = waiting.get(id) ?? new Set()
      waiting.set(id, wakes.add(wake))
      const timeout = setTimeout(wake, waitMs)
      try {
        // Only after waiting has begun: what settles between the read and the wait would be missed otherwise.
        const record = await read()
        if (record?.status !== 'binding') return record
        await woken
        return await read()
      } finally {
        clearTimeout(timeout)
        wakes.delete(wake)
        if (wakes.size === 0) waiting.delete(id)
      }
    },
  }
}
