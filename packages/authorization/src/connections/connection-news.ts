import { type ConnectionRef, type DisconnectionId, disconnectionIdOf } from '@agent-identity/contracts'

export function createConnectionNews() {
  const waiting = new Map<DisconnectionId, Set<() => void>>()

  return {
    tell(id?: DisconnectionId): void {
      const those = id === undefined ? [...waiting.values()] : [waiting.get(id) ?? []]
      for (const wakes of those) for (const wake of wakes) wake()
    },

    isAwaited: (): boolean => waiting.size > 0,

    /** Calls `look` until it says true: at once, after a `tell`, and a last time when the time is over. @returns what the last look said. */
    async until(refs: readonly ConnectionRef[], look: () => Promise<boolean>, withinMs: number): Promise<boolean> {
      let wake: () => void = () => undefined
      const notify = () => wake()
      const ids = new Set(refs.map(disconnectionIdOf))
      for (const id of ids) waiting.set(id, (waiting.get(id) ?? new Set()).add(notify))
      const deadline = AbortSignal.timeout(withinMs)
      deadline.addEventListener('abort', notify)
      try {
        for (;;) {
          // Made before the look: a change during the look leads to another one.
          const news = new Promise<void>((resolve) => {
            wake = resolve
          })
          const isLast = deadline.aborted
          const isSo = await look()
          if (isSo || isLast) return isSo
          if (!deadline.aborted) await news
        }
      } finally {
        deadline.removeEventListener('abort', notify)
        for (const id of ids) {
          waiting.get(id)?.delete(notify)
          if (waiting.get(id)?.size === 0) waiting.delete(id)
        }
      }
    },
  }
}
