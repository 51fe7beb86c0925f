import type { AuthorizationId, ConnectionRef } from '@agent-identity/contracts'
import type { Clock } from '@agent-identity/service-runtime'
import type { AskedFor } from '../asked-for.ts'
import { isOf } from './asking.ts'
import type { ConnectionCalls } from './connection-calls.ts'
import type { ConnectionRecords } from './connection-records.ts'

/**
 * How long, in milliseconds, a request that starts over waits until the account of a consent that was bound a moment ago has been compared.
 * That usually takes a few hundred milliseconds.
 */
const UNCHECKED_WITHIN_MS = 2_000
/** How long the step of a replica is waited for, in milliseconds: longer than most steps take. The replica may have died. */
const AT_REST_WITHIN_MS = 15_000

/** What a consent waits for, while something of its connection is revoked. */
export function createRevocationWaits(dependencies: {
  records: Pick<ConnectionRecords, 'read' | 'readAll' | 'readRevocation'>
  calls: Pick<ConnectionCalls, 'until'>
  authorizations: {
    /** An authorization for the same that was bound, and is not settled yet. */
    findUnchecked(asked: AskedFor): Promise<AuthorizationId | undefined>
  }
  clock: Clock
}) {
  const { records, calls, authorizations, clock } = dependencies

  return {
    /**
     * Called after the start of a consent was written into its authorization, before its user is sent to the vendor. Waits, but not for ever, until
     * no replica is in the middle of a revocation's step, which could end what the user gets. None begins another one meanwhile
     * (settle-revocation.ts).
     */
    async atRest(ref: ConnectionRef): Promise<void> {
      // The same account at the vendor may be connected under several names.
      const refs = [ref, ...(await records.readAll(ref.user, ref.provider)).map((one) => one.ref)]
      const isAtRest = async () => {
        const left = await Promise.all(refs.map(records.readRevocation))
        return left.every(({ value }) => !value || value.claimedUntil <= clock())
      }
      await calls.until(refs, isAtRest, AT_REST_WITHIN_MS)
    },

    /**
     * Called before a request that starts over, because that takes the entry's token out of the vault. Waits until the token was read: by
     * its revocation, and, when a consent for it was bound a moment ago, for the comparison of its account. The wait for the comparison is shorter.
     *
     * @returns false when the revocation has not read the token in time.
     */
    async untilRead(asked: AskedFor): Promise<boolean> {
      const entry = { scopes: asked.scopes.join(' '), parameters: asked.parameters }
      const isRead = async () => {
        const { value } = await records.readRevocation(asked)
        return value?.toRead.some((one) => isOf(one, entry)) !== true
      }
      const isCompared = async () => {
        const unchecked = await authorizations.findUnchecked(asked)
        // The token was read, and its user is asked whether the account may be used.
        return unchecked === undefined || (await records.read(asked)).value?.boundBy === unchecked
      }
      // In this order: when the token was read for a comparison, its user may have disconnected meanwhile, and it must be read for that.
      if (await calls.until([asked], async () => (await isCompared()) && isRead(), UNCHECKED_WITHIN_MS)) return true
      // A consent that cannot be compared must not keep its user from another one.
      return calls.until([asked], isRead, AT_REST_WITHIN_MS - UNCHECKED_WITHIN_MS)
    },
  }
}
