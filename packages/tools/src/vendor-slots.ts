import type { ProviderId } from '@agent-identity/contracts'
import { createFairQueue } from './fair-queue.ts'
import { ToolFailure } from './tool-failure.ts'

/**
 * How many tool calls this process has under way at a time, by provider: a vendor is not flooded from here, and one user's calls
 * do not hold up another's.
 */
export interface VendorSlots {
  /** Those of one user. */
  of(user: string): UserVendorSlots
}

export interface UserVendorSlots {
  /**
   * Does it when it is this user's turn. The slot is given back when it has ended, suspended calls included.
   *
   * @throws ToolFailure when `signal` was aborted first: then it is not begun any more; and whatever `act` throws
   */
  take<Result>(provider: ProviderId, signal: AbortSignal, act: () => Promise<Result>): Promise<Result>
}

export function createVendorSlots(atOnce: number): VendorSlots {
  const queues = new Map<ProviderId, ReturnType<typeof createFairQueue>>()

  function queueOf(provider: ProviderId) {
    const known = queues.get(provider)
    if (known) return known
    // What waits is bounded already: the calls of a message, by the turns that a process runs.
    const limits = { slots: atOnce, share: Math.ceil(atOnce / 2), waiting: Number.POSITIVE_INFINITY }
    const queue = createFairQueue(limits)
    queues.set(provider, queue)
    return queue
  }

  return {
    of: (user) => ({
      take<Result>(provider: ProviderId, signal: AbortSignal, act: () => Promise<Result>): Promise<Result> {
        return new Promise<Result>((resolve, reject) => {
          const giveUp = () => reject(new ToolFailure('This was stopped.'))
          if (signal.aborted) return giveUp()
          signal.addEventListener('abort', giveUp, { once: true })
          queueOf(provider).add(user, async () => {
            signal.removeEventListener('abort', giveUp)
            if (signal.aborted) return
            await act().then(resolve, reject)
          })
        })
      },
    }),
  }
}
