import { setTimeout as delay } from 'node:timers/promises'
import type { StoredErasure } from '@agent-identity/authorization'
import type { Erasure, UserRef } from '@agent-identity/contracts'
import type { CurrentUserSession } from '@agent-identity/user-session'
import { eraseOnce, providersOf } from './erase-once.ts'
import { claimErasure, isClaimed } from './erasure-claim.ts'
import type { ErasurePorts } from './erasure-ports.ts'

/** `actor`: the user session of the request. */
export interface Ending {
  user: UserRef
  by: Erasure['by']
  actor: Pick<CurrentUserSession, 'ref' | 'userRef'>
  requestId: string
}

const POLL_MS = 50

/** More than the three states of a mark need. */
const TRIES = 20

/** After this time a replica looks again: this one may have died, or a vendor may not have answered. */
const LOOK_AFTER_MS = 30_000
/** An older mark may have been put back: its user may have come back since. */
const GOES_ON_FOR_MS = 24 * 3_600_000
const STOPPED_PAUSE_MS = 5 * 60_000

/**
 * The order matters. First, what was issued to the user is refused. Then their connections are ended and their access tokens read for revocation,
 * in the name of a user session. Then they are signed out. Then their records are erased. Each step may be repeated: when a
 * replica has died, another one goes on from the state of the mark.
 */
export function createErasures(ports: ErasurePorts) {
  const { records, due, audit, clock, log } = ports

  async function untilNoOtherIsAtIt(user: UserRef) {
    for (;;) {
      const seen = await records.read(user)
      if (!seen || !isClaimed(seen, clock())) return seen
      await delay(POLL_MS)
    }
  }

  async function mark({ user, by, actor, requestId }: Ending): Promise<Erasure> {
    audit({ event: 'erasure_asked', requestId, user: actor.userRef, userSession: actor.ref, erasedUser: user, by })
    for (;;) {
      const seen = await untilNoOtherIsAtIt(user)
      // Before the mark: no replica goes on with one that is not due. After the wait: the end of the other request may remove the user from `due`.
      await due.lookAt(user, clock() + LOOK_AFTER_MS)
      const begun: Erasure = {
        endedAt: clock(),
        by,
        requestId,
        state: 'begun',
        ...(actor.userRef === user && { userSession: actor.ref }),
      }
      if (await records.write(user, seen, begun)) return begun
    }
  }

  /** @param written the mark of this request: written again when Redis has an earlier one, an unreadable one or none. */
  async function markOf(user: UserRef, written?: Erasure): Promise<StoredErasure | 'none' | 'unreadable' | 'changed'> {
    const seen = await records.read(user)
    if (seen && !seen.isUnreadable && seen.erasure.endedAt >= (written?.endedAt ?? 0)) return seen
    if (written) return (await records.write(user, seen, written)) ?? 'changed'
    return seen ? 'unreadable' : 'none'
  }

  /** A writer of Redis must not have anybody erased: the mark goes on refusing, and an administrator decides (alarm `StoppedErasures`). */
  function stopped(): { later: number } {
    log.error({}, 'an erasure does not go on: its mark does not open, or is too old')
    return { later: clock() + STOPPED_PAUSE_MS }
  }

  /** @throws the first failure of an attempt and, for a request, when its mark does not stay in Redis: the user must not count as ended. */
  async function goOn(user: UserRef, written?: Erasure): Promise<'settled' | { later: number }> {
    for (let tries = 0; tries < TRIES; tries++) {
      const seen = await markOf(user, written)
      if (seen === 'none') return 'settled'
      if (seen === 'unreadable') return stopped()
      if (seen === 'changed') continue
      const { erasure } = seen
      if (erasure.state === 'begun' && clock() - erasure.endedAt > GOES_ON_FOR_MS) return stopped()
      if (erasure.state === 'over') return 'settled'
      if (erasure.state === 'erased') {
        const left = await Promise.all(providersOf(ports).map((id) => ports.connections.forget(user, id)))
        if (left.includes('later')) return { later: clock() + LOOK_AFTER_MS }
        const { userSession: _read, ...rest } = erasure
        await records.write(user, seen, { ...rest, state: 'over' })
        continue
      }
      if (isClaimed(seen, clock())) {
        if (!written) return { later: erasure.claimedUntil ?? clock() }
        await untilNoOtherIsAtIt(user)
        continue
      }
      await eraseClaimed(user, seen)
    }
    if (written) throw new Error('The mark of an erasure does not stay in Redis')
    return { later: clock() + LOOK_AFTER_MS }
  }

  async function eraseClaimed(user: UserRef, seen: StoredErasure): Promise<void> {
    const claim = await claimErasure(user, seen, ports)
    if (!claim) return
    const { requestId, by } = seen.erasure
    try {
      const counted = await eraseOnce(user, seen.erasure, ports, claim.isHeld)
      if (!counted || !(await claim.isHeld())) return
      // Before the mark: a process that dies in between leaves two lines, not none.
      audit({ event: 'user_erased', requestId, user, by, ...counted })
      await claim.erased()
    } finally {
      claim.stop()
    }
  }

  const settle = (user: UserRef, written?: Erasure) => due.settle(user, () => goOn(user, written))

  return {
    /** When it resolves, the user is signed out and erased; what a vendor has not confirmed is tried again later. May be repeated. */
    async end(ending: Ending): Promise<void> {
      const result = await settle(ending.user, await mark(ending))
      if (result !== 'settled') await due.lookAt(ending.user, result.later)
    },

    settle: (user: UserRef) => settle(user),
  }
}

export type Erasures = ReturnType<typeof createErasures>
