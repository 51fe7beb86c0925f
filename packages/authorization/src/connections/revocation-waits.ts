import type { AuthorizationId, ConnectionRef } from '@agent-identity/contracts'
import type { Clock } from '@agent-identity/service-runtime'
import type { AskedFor } from '../asked-for.ts'
import { isOf } from './asking.ts'
import type { ConnectionCalls } from './connection-calls.ts'
import type { ConnectionRecords } from './connection-records.ts'

const UNCHECKED_WITHIN_MS = 2_000
/** How long a replica's step is waited for: the replica may have died. */
const AT_REST_WITHIN_MS = 15_000

export function createRevocationWaits(dependencies: {
  records: Pick<ConnectionRecords, 'read' | 'readAll' | 'readRevocation'>
  calls: Pick<ConnectionCalls, 'until'>
  authorizations: {
    findUnchecked(asked: AskedFor): Promise<AuthorizationId | undefined>
  }
  clock: Clock
}) {
  const { records, calls, authorizations, clock } = dependencies

  return {
    /** Waits for a limited time: a step of a revocation that is under way could end the token that the user gets. */
    async atRest(ref: ConnectionRef): Promise<void> {
      // Another connection may have had the same account at the vendor.
      const refs = [ref, ...(await records.readAll(ref.user, ref.provider)).map((one) => one.ref)]
      const isAtRest = async () => {
        const left = await Promise.all(refs.map(records.readRevocation))
        return left.every(({ value }) => !value || value.claimedUntil <= clock())
      }
      await calls.until(refs, isAtRest, AT_REST_WITHIN_MS)
    },

    /**
     * A request that starts over takes the entry's token out of the vault. Before that, the token's revocation must have read it. The comparison of
     * its account is waited for, too, but not for longer than two seconds.
     *
     * @returns false when the token must stay: its revocation has not read it in time, or a consent was compared during those two seconds and the
     * connection has not ended since
     */
    async untilRead(asked: AskedFor): Promise<boolean> {
      const entry = { scopes: asked.scopes.join(' '), parameters: asked.parameters }
      const isRead = async () => {
        const { value } = await records.readRevocation(asked)
        return value?.toRead.some((one) => isOf(one, entry)) !== true
      }
      const boundBy = async () => (await records.read(asked)).value?.boundBy
      const before = await boundBy()
      const isCompared = async () => {
        const unchecked = await authorizations.findUnchecked(asked)
        return unchecked === undefined || (await boundBy()) === unchecked
      }
      // In this order: while the account was compared, its user may have disconnected.
      const isReady =
        (await calls.until([asked], async () => (await isCompared()) && isRead(), UNCHECKED_WITHIN_MS)) ||
        // A consent that cannot be compared must not keep its user from another one.
        (await calls.until([asked], isRead, AT_REST_WITHIN_MS - UNCHECKED_WITHIN_MS))
      const now = await boundBy()
      return isReady && (now === undefined || now === before)
    },
  }
}
