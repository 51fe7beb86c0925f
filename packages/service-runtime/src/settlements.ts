import { type RedisClient, wheneverReady } from './redis-client.ts'

/** A message contains the id of a record that may have been settled. */
export interface Settlements {
  /**
   * Reads at once, and again after messages with `id` and new subscriptions, until `isUnderWay` is false, `waitMs` is over or `signal` is
   * aborted.
   *
   * @returns the last value that was read
   */
  next<Value>(
    id: string,
    read: () => Promise<Value>,
    isUnderWay: (value: Value) => boolean,
    limits: { waitMs: number; signal?: AbortSignal },
  ): Promise<Value>
}

export function subscribeToSettlements(subscriber: RedisClient, channel: string): Settlements {
  const waiting = new Map<string, Set<() => void>>()
  subscriber.on('message', (from: string, id: string) => {
    if (from === channel) for (const wake of waiting.get(id) ?? []) wake()
  })
  wheneverReady(subscriber, async () => {
    await subscriber.subscribe(channel)
    // Messages may have been lost while the connection was away.
    for (const wakes of waiting.values()) for (const wake of wakes) wake()
  })

  return {
    async next(id, read, isUnderWay, { waitMs, signal }) {
      let isOver = signal?.aborted ?? false
      let wake = () => {}
      let woken = new Promise<void>(() => {})
      const wakeNow = () => wake()
      const stopWaiting = () => {
        isOver = true
        wake()
      }
      const wakes = waiting.get(id) ?? new Set()
      waiting.set(id, wakes.add(wakeNow))
      const timeout = setTimeout(stopWaiting, waitMs)
      signal?.addEventListener('abort', stopWaiting, { once: true })
      try {
        for (;;) {
          // Before the read: a message between the read and the wait would be missed.
          woken = new Promise<void>((resolve) => {
            wake = resolve
          })
          const value = await read()
          if (isOver || !isUnderWay(value)) return value
          await woken
        }
      } finally {
        clearTimeout(timeout)
        signal?.removeEventListener('abort', stopWaiting)
        wakes.delete(wakeNow)
        if (wakes.size === 0) waiting.delete(id)
      }
    },
  }
}
