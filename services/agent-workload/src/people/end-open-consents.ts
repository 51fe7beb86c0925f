import {
  type AuthorizationId,
  connectionOf,
  disconnectionIdOf,
  type PendingAuthorization,
  type UserRef,
} from '@agent-identity/contracts'
import type { ErasurePorts } from './erasure-ports.ts'

/** How long an attempt waits for session binding's calls to AgentCore. */
const BOUND_WITHIN_MS = 30_000

interface Found {
  id: AuthorizationId
  record: PendingAuthorization
}

/**
 * Before the token vault is read, no consent may still put a token into it: a `pending` one is cancelled, a `binding` one is waited for. Must come
 * before the end of the user sessions: after that the vault cannot be read.
 *
 * @returns the authorizations then. One that is still `binding` was not answered in time.
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
    // A return may have claimed its authorization before the cancellation.
    const now = pending.length > 0 ? await authorizations.listOfUser(who.user) : listed
    const waits = now.flatMap(({ id, record: { status, bindingEndsAt = 0 } }) => {
      const waitMs = Math.min(bindingEndsAt, giveUpAt) - clock()
      return status === 'binding' && waitMs > 0 ? [authorizations.untilAnswered(id, waitMs)] : []
    })
    if (waits.length === 0) return now
    await Promise.all(waits)
  }
}
