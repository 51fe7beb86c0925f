import {
  type AuthorizationId,
  connectionOf,
  disconnectionIdOf,
  type PendingAuthorization,
  type UserRef,
} from '@agent-identity/contracts'
import type { ErasurePorts } from './erasure-ports.ts'

/** How long an erasure waits for session binding's calls to AgentCore, in milliseconds; one takes 4 s at the most, unless its process has died. */
const BOUND_WITHIN_MS = 30_000

interface Found {
  id: AuthorizationId
  record: PendingAuthorization
}

/**
 * Before the token vault is read, no consent may still put a token into it: this cancels those whose user has not returned, so that a
 * return is refused from now on, and waits for AgentCore's answer to those whose user has. After the user sessions have ended nothing can be read.
 *
 * @returns the authorizations as they are then. One that is `binding` still was not answered in time.
 */
export async function endOpenConsents(
  who: { user: UserRef; requestId: string },
  { authorizations, connections, clock }: Pick<ErasurePorts, 'authorizations' | 'connections' | 'clock'>,
): Promise<Found[]> {
  const giveUpAt = clock() + BOUND_WITHIN_MS
  for (;;) {
    const listed = await authorizations.listOfUser(who.user)
    const pending = listed.filter(({ record }) => record.status === 'pending')
    const refs = new Map(pending.map(({ record }) => connectionOf(record)).map((ref) => [disconnectionIdOf(ref), ref]))
    await Promise.all([...refs.values()].map((ref) => connections.cancelOpen({ ...ref, ...who })))
    // A return may have been claimed before the cancellation.
    const now = pending.length > 0 ? await authorizations.listOfUser(who.user) : listed
    const waits = now.flatMap(({ id, record: { status, bindingEndsAt = 0 } }) => {
      const waitMs = Math.min(bindingEndsAt, giveUpAt) - clock()
      return status === 'binding' && waitMs > 0 ? [authorizations.untilAnswered(id, waitMs)] : []
    })
    if (waits.length === 0) return now
    await Promise.all(waits)
  }
}
