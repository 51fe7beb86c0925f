import type { AuthorizationId, ConnectionRef } from '@agent-identity/contracts'
import type { Clock } from '@agent-identity/service-runtime'
import type { AskedFor } from '../asked-for.ts'
import { isOf } from './asking.ts'
import type { ConnectionCalls } from './connection-calls.ts'
import type { ConnectionRecords } from './connection-records.ts'

/** How long a request that starts over waits for the comparison of an account, in milliseconds. */
const UNCHECKED_WITHIN_MS = 2_000
/** How long the step of a replica is waited for, in milliseconds. The replica may have died. */
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
    /**
     * Called after the start of a consent was written, before its user is sent to the vendor. Waits for a limited time until no replica is in the
     * middle of a revocation's step, which could end what the user gets.
     */
    async atRest(ref: ConnectionRef): Promise<void> {
      // What is left of another connection may be of the same account at the vendor.
      const refs = [ref, ...(await records.readAll(ref.user, ref.provider)).map((one) => one.ref)]
      const isAtRest = async () => {
        const left = await Promise.all(refs.map(records.readRevocation))
        return left.every(({ value }) => !value || value.claimedUntil <= clock())
      }
      await calls.until(refs, isAtRest, AT_REST_WITHIN_MS)
    },

    /**
     * Called before a request that starts over, which takes the entry's token out of the vault. Waits until the token was read by its revocation,
     * and by the comparison of its account, if a consent for it was bound a moment ago.
     *
     * @returns false when the revocation has not read the token in time, or that consent's account was compared meanwhile: its token stays.
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
      // In this order: while the account was compared, its user may have disconnected, and the token must be read for that.
      if (await calls.until([asked], async () => (await isCompared()) && isRead(), UNCHECKED_WITHIN_MS)) {
        const now = await boundBy()
        return now === undefined || now === before
      }
      // A consent that cannot be compared must not keep its user from another one.
      return calls.until([asked], isRead, AT_REST_WITHIN_MS - UNCHECKED_WITHIN_MS)
    },
  }
}
