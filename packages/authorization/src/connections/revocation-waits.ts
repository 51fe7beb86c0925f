import type { AuthorizationId, ConnectionRef } from '@agent-identity/contracts'
import type { Clock } from '@agent-identity/service-runtime'
import type { AskedFor } from '../asked-for.ts'
import { isOf } from './asking.ts'
import type { ConnectionCalls } from './connection-calls.ts'
import type { ConnectionRecords } from './connection-records.ts'

/** How long a request that starts over waits for a consent of a moment ago, in milliseconds: it is compared within a few hundred. */
const UNCHECKED_WITHIN_MS = 2_000
/** Longer than one step may take: after that it was a replica that died. In milliseconds. */
const AT_REST_WITHIN_MS = 15_000

/** What a consent waits for, while something of its connection is revoked. */
export function createRevocationWaits(dependencies: {
  records: Pick<ConnectionRecords, 'read' | 'readAll' | 'readRevocation'>
  calls: Pick<ConnectionCalls, 'until'>
  authorizations: {
    /** One for the same that was bound, and not settled yet. */
    findUnchecked(asked: AskedFor): Promise<AuthorizationId | undefined>
  }
  clock: Clock
}) {
  const { records, calls, authorizations, clock } = dependencies

  return {
    /**
     * Before a consent's user goes to the vendor, and after it is written down that they do: until no replica is at a step any more
     * that it began before. It begins none after that (settle-revocation.ts), so that nothing it ends can be what they get.
     */
    async atRest(ref: ConnectionRef): Promise<void> {
      // The same account at the vendor may be connected under several.
      const refs = [ref, ...(await records.readAll(ref.user, ref.provider)).map((one) => one.ref)]
      const isAtRest = async () => {
        const left = await Promise.all(refs.map(records.readRevocation))
        return left.every(({ value }) => !value || value.claimedUntil <= clock())
      }
      await calls.until(refs, isAtRest, AT_REST_WITHIN_MS)
    },

    /**
     * Before a request that starts over, which takes the entry's token out of the vault: until it was read, for its revocation or,
     * when a consent for it was bound a moment ago, for its connection. The second is not waited for as long.
     *
     * @returns false when its revocation has not read it in time.
     */
    async untilRead(asked: AskedFor): Promise<boolean> {
      const entry = { scopes: asked.scopes.join(' '), parameters: asked.parameters }
      const isRead = async () => {
        const { value } = await records.readRevocation(asked)
        return value?.toRead.some((one) => isOf(one, entry)) !== true
      }
      const isCompared = async () => {
        const unchecked = await authorizations.findUnchecked(asked)
        // It was read, and its user is asked whether it may be used.
        return unchecked === undefined || (await records.read(asked)).value?.boundBy === unchecked
      }
      // In this order: what is read for its connection may be to be ended by now.
      if (await calls.until([asked], async () => (await isCompared()) && isRead(), UNCHECKED_WITHIN_MS)) return true
      // A consent that cannot be compared must not keep its user from another one.
      return calls.until([asked], isRead, AT_REST_WITHIN_MS - UNCHECKED_WITHIN_MS)
    },
  }
}
