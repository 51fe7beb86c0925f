import type { ConnectionId, ProviderId, UserRef } from '@agent-identity/contracts'
import { DisconnectedError } from '@agent-identity/service-runtime'
import type { Connection, ConnectionsAt } from '../records.ts'
import { find, isLive } from './decide.ts'

/** A longer call is aborted. */
const LONGEST_CALL_MS = 60_000

/**
 * Calls to vendors. A call begins only with the generation that was read with its token, and is aborted when the generation moves: its user has
 * disconnected. A step-up or another consent of the same account moves the entry and not the generation.
 */
export function createCalls(ports: { read(user: UserRef, provider: ProviderId): Promise<ConnectionsAt> }) {
  const underWay = new Map<string, Set<{ of: Pick<Connection, 'id' | 'generation'>; abort: AbortController }>>()

  const isStill = (at: ConnectionsAt, { id, generation }: { id: ConnectionId; generation: number }): boolean => {
    const now = find(at, id)
    return isLive(now) && now.generation === generation
  }

  return {
    /** @throws DisconnectedError when it may not begin; and whatever `call` throws */
    async during<Result>(
      user: UserRef,
      provider: ProviderId,
      of: Pick<Connection, 'id' | 'generation'>,
      call: (signal: AbortSignal) => Promise<Result>,
    ): Promise<Result> {
      const where = `${user} ${provider}`
      const one = { of, abort: new AbortController() }
      // Listed before the record is read: a change after the read aborts the call.
      const here = underWay.get(where) ?? new Set()
      underWay.set(where, here.add(one))
      try {
        if (!isStill(await ports.read(user, provider), of)) throw new DisconnectedError()
        one.abort.signal.throwIfAborted()
        return await call(AbortSignal.any([one.abort.signal, AbortSignal.timeout(LONGEST_CALL_MS)]))
      } finally {
        here.delete(one)
        if (here.size === 0) underWay.delete(where)
      }
    },

    /** A message says that these connections have changed; or messages may have been lost. */
    async compare(user: UserRef, provider: ProviderId): Promise<void> {
      const calls = underWay.get(`${user} ${provider}`)
      if (!calls) return
      const at = await ports.read(user, provider)
      for (const { of, abort } of calls) if (!isStill(at, of)) abort.abort(new DisconnectedError())
    },
  }
}
