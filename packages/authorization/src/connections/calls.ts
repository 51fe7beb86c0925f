import type { Connection, ConnectionId, ConnectionsAt, ProviderId, UserRef } from '@agent-identity/contracts'
import { DisconnectedError, UnreadConnectionError } from '@agent-identity/service-runtime'
import { find, isLive } from './decide.ts'
import type { ConnectionUses, Use } from './uses.ts'

/** A longer call is aborted. */
const LONGEST_CALL_MS = 60_000

/**
 * Calls to vendors. A call begins only with the generation that was read with its token, and is aborted when the generation moves: its user has
 * disconnected. A step-up or another consent of the same account moves the entry and not the generation.
 */
export function createCalls(ports: {
  connections: { read(user: UserRef, provider: ProviderId): Promise<ConnectionsAt> }
  uses: Pick<ConnectionUses, 'keep' | 'forget'>
  /** A call was stopped, or its use not written down. */
  onFailure(err: unknown, what: string): void
}) {
  const { connections, uses, onFailure } = ports
  const underWay = new Map<string, Set<{ of: Pick<Connection, 'id' | 'generation'>; abort: AbortController }>>()

  const isStill = (at: ConnectionsAt, { id, generation }: { id: ConnectionId; generation: number }): boolean => {
    const now = find(at, id)
    return isLive(now) && now.generation === generation
  }

  /** First written, then compared: what a disconnection or an erasure has removed does not stay. The call has succeeded, whatever becomes of this. */
  async function keepUse(user: UserRef, provider: ProviderId, of: Pick<Connection, 'id' | 'generation'>, use: Use) {
    try {
      await uses.keep(use, user, provider, of.id)
      if (!isStill(await connections.read(user, provider), of)) await uses.forget(user, provider, of.id)
    } catch (err) {
      onFailure(err, 'the use of a connection was not written down')
    }
  }

  return {
    /**
     * @param use written down after a success
     * @throws DisconnectedError when it may not begin; and whatever `call` throws
     */
    async during<Result>(
      user: UserRef,
      provider: ProviderId,
      of: Pick<Connection, 'id' | 'generation'>,
      call: (signal: AbortSignal) => Promise<Result>,
      use?: Use,
    ): Promise<Result> {
      const where = `${user} ${provider}`
      const one = { of, abort: new AbortController() }
      // Listed before the record is read: a change after the read aborts the call.
      const here = underWay.get(where) ?? new Set()
      underWay.set(where, here.add(one))
      try {
        if (!isStill(await connections.read(user, provider), of)) throw new DisconnectedError()
        one.abort.signal.throwIfAborted()
        const result = await call(AbortSignal.any([one.abort.signal, AbortSignal.timeout(LONGEST_CALL_MS)]))
        if (use) await keepUse(user, provider, of, use)
        return result
      } finally {
        here.delete(one)
        if (here.size === 0) underWay.delete(where)
      }
    },

    /** A message says that these connections have changed. */
    async compare(user: UserRef, provider: ProviderId): Promise<void> {
      const calls = underWay.get(`${user} ${provider}`)
      if (!calls) return
      try {
        const at = await connections.read(user, provider)
        for (const { of, abort } of calls) if (!isStill(at, of)) abort.abort(new DisconnectedError())
      } catch (err) {
        onFailure(err, 'calls to a vendor were stopped, because their connection cannot be read')
        for (const { abort } of calls)
          abort.abort(new UnreadConnectionError('The connection cannot be read', { cause: err }))
      }
    },

    /** Messages may have been lost. */
    async compareAll(): Promise<void> {
      await Promise.all(
        [...underWay.keys()].map((where) => this.compare(...(where.split(' ') as [UserRef, ProviderId]))),
      )
    },
  }
}

export type Calls = ReturnType<typeof createCalls>
