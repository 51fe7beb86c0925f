import type { ProviderId } from '@agent-identity/contracts'
import { createFairQueue } from './fair-queue.ts'
import { ToolFailure } from './tool-failure.ts'

/** One user gets at most half of the slots at a provider, rounded up. */
export interface VendorSlots {
  of(user: string): UserVendorSlots
}

export interface UserVendorSlots {
  /** @throws ToolFailure when `act` was not begun: `signal` was aborted, or too many calls wait; and everything that `act` throws */
  take<Result>(provider: ProviderId, signal: AbortSignal, act: () => Promise<Result>): Promise<Result>
}

/** @param waiting how many calls of one user may wait at one provider */
export function createVendorSlots(atOnce: number, waiting = Number.POSITIVE_INFINITY): VendorSlots {
  const queues = new Map<ProviderId, ReturnType<typeof createFairQueue>>()

  function queueOf(provider: ProviderId) {
    const known = queues.get(provider)
    if (known) return known
    const queue = createFairQueue({ slots: atOnce, share: Math.ceil(atOnce / 2), waiting })
    queues.set(provider, queue)
    return queue
  }

  return {
    of: (user) => ({
      take<Result>(provider: ProviderId, signal: AbortSignal, act: () => Promise<Result>): Promise<Result> {
        return new Promise<Result>((resolve, reject) => {
          const queue = queueOf(provider)
          const work = async () => {
            signal.removeEventListener('abort', stopWaiting)
            await act().then(resolve, reject)
          }
          const stopWaiting = () => {
            queue.drop(user, work)
            reject(new ToolFailure('This was stopped.'))
          }
          if (signal.aborted) return stopWaiting()
          signal.addEventListener('abort', stopWaiting, { once: true })
          if (queue.add(user, work)) return
          signal.removeEventListener('abort', stopWaiting)
          reject(new ToolFailure('Too many calls are waiting already. It may work when they have ended.'))
        })
      },
    }),
  }
}
