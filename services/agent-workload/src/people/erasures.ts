import { setTimeout as delay } from 'node:timers/promises'
import type { Erasure, UserRef } from '@agent-identity/contracts'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { eraseOnce, providersOf } from './erase-once.ts'
import type { ErasurePorts } from './erasure-ports.ts'

/** Who is ended, by whom; `actor` is the user session of the request. */
export interface Ending {
  user: UserRef
  by: Erasure['by']
  actor: Pick<CurrentUserSession, 'ref' | 'userRef'>
  requestId: string
}

/** How long one request waits for another one, in milliseconds. */
const WAIT_AT_MOST_MS = 10_000
const POLL_MS = 50

/** When another replica looks, should this one die at it, in milliseconds. Longer than the whole work takes. */
const LOOK_AFTER_MS = 30_000

/**
 * Ends users. The order is the point: first what was issued to them is refused; then their connections are latched, and their access tokens read
 * for revocation while there is still a user session in whose name the vault is read; then they are signed out everywhere; then their records
 * are erased. Each step may be repeated. What is due stands in Redis before the first one, so that any replica goes on where another one died.
 */
export function createErasures(ports: ErasurePorts) {
  const { records, due, audit, clock } = ports

  /**
   * Two requests at once do their work one after the other: the second one would end the user session in whose name the first one still reads
   * the token vault. One that does not come to its end has died.
   */
  async function untilNoOtherIsAtIt(user: UserRef) {
    for (;;) {
      const seen = await records.read(user)
      if (seen?.erasure.state !== 'begun' || clock() >= seen.erasure.endedAt + WAIT_AT_MOST_MS) return seen
      await delay(POLL_MS)
    }
  }

  async function mark({ user, by, actor, requestId }: Ending): Promise<void> {
    audit({ event: 'erasure_asked', requestId, user: actor.userRef, userSession: actor.ref, erasedUser: user, by })
    // Before the mark, in another slot: what is due without a mark is swept away, a mark without it would wait for ever.
    await due.lookAt(user, clock() + LOOK_AFTER_MS)
    for (;;) {
      const seen = await untilNoOtherIsAtIt(user)
      const begun: Erasure = {
        endedAt: clock(),
        by,
        requestId,
        state: 'begun',
        ...(actor.userRef === user && { userSession: actor.ref }),
      }
      if (await records.write(user, seen, begun)) return
    }
  }

  async function goOn(user: UserRef): Promise<'settled' | { later: number }> {
    const seen = await records.read(user)
    if (!seen || seen.erasure.state === 'over') return 'settled'
    const { erasure } = seen
    if (erasure.state === 'begun') {
      const counted = await eraseOnce(user, erasure, ports)
      if (!(await records.write(user, seen, { ...erasure, state: 'erased' }))) return { later: clock() }
      audit({ event: 'user_erased', requestId: erasure.requestId, user, by: erasure.by, ...counted })
      return goOn(user)
    }
    const left = await Promise.all(providersOf(ports).map((id) => ports.connections.forgetDetails(user, id)))
    if (left.includes('later')) return { later: clock() + LOOK_AFTER_MS }
    const { userSession: _read, ...rest } = erasure
    return (await records.write(user, seen, { ...rest, state: 'over' })) ? 'settled' : { later: clock() }
  }

  const settle = (user: UserRef) => due.settle(user, () => goOn(user))

  return {
    /** From its answer on the user is signed out and erased; what a vendor has not confirmed is revoked later. Doing it twice does no harm. */
    async end(ending: Ending): Promise<void> {
      await mark(ending)
      const result = await settle(ending.user)
      if (result !== 'settled') await due.lookAt(ending.user, result.later)
    },

    settle,
  }
}

export type Erasures = ReturnType<typeof createErasures>
