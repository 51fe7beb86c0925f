import type { ProviderId } from '@agent-identity/contracts'
import { createFairQueue } from './fair-queue.ts'
import { ToolFailure } from './tool-failure.ts'

/**
 * Limits the concurrent tool calls of this process at each provider: this process does not flood a vendor, and one user's calls do not
 * delay another user's.
 */
export interface VendorSlots {
  /** Of one user. */
  of(user: string): UserVendorSlots
}

export interface UserVendorSlots {
  /**
   * Runs it when this user has a slot. The slot is freed when it has ended, also when the turn is suspended.
   *
   * @throws ToolFailure when `signal` was aborted first: then it is not begun; and everything that `act` throws
   */
  take<Result>(provider: ProviderId, signal: AbortSignal, act: () => Promise<Result>): Promise<Result>
}

export function createVendorSlots(atOnce: number): VendorSlots {
  const queues = new Map<ProviderId, ReturnType<typeof createFairQueue>>()

  function queueOf(provider: ProviderId) {
    const known = queues.get(provider)
    if (known) return known
    // The backlog is bounded already: by the calls of a message, times the turns that a process runs.
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
