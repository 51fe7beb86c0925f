import type { StoredErasure } from '@agent-identity/authorization'
import type { UserRef } from '@agent-identity/contracts'
import type { ErasurePorts } from './erasure-ports.ts'

/** How long after its last renewal a claim ends, at the latest. */
export const CLAIM_MS = 15_000
/** Several renewals may fail before the claim ends. */
export const RENEWED_EVERY_MS = CLAIM_MS / 5
/** An attempt that never ends must not keep other replicas from the erasure. */
export const RENEWED_FOR_MS = 300_000

export const isClaimed = ({ erasure: { state, claimedUntil = 0 } }: StoredErasure, now: number) =>
  state === 'begun' && now < claimedUntil

/**
 * Keeps a second request or replica away: it could end the user session in whose name the first one still reads the token vault, or end what the
 * user has connected after the first one was done.
 *
 * @returns nothing when the mark has changed since it was seen.
 */
export async function claimErasure(
  user: UserRef,
  seen: StoredErasure,
  { records, clock }: Pick<ErasurePorts, 'records' | 'clock'>,
) {
  const renewedUntil = clock() + RENEWED_FOR_MS
  let mine: StoredErasure | undefined = seen
  let last: Promise<unknown> = Promise.resolve()

  /** One write after the other: each replaces the mark of the one before. */
  function write(erasure: (now: StoredErasure['erasure']) => StoredErasure['erasure']): Promise<boolean> {
    const next = last.then(async () => {
      mine = mine && (await records.write(user, mine, erasure(mine.erasure)))
      return mine !== undefined
    })
    last = next.catch(() => undefined)
    return next
  }

  const renew = () => write((now) => ({ ...now, claimedUntil: Math.min(clock() + CLAIM_MS, renewedUntil) }))

  if (!(await renew())) return undefined
  const timer = setInterval(() => void renew().catch(() => undefined), RENEWED_EVERY_MS)
  timer.unref()
  return {
    /** Whether the mark is still the one that was claimed. If another one has replaced it, the user may have signed in again since. */
    isHeld: renew,

    /** @returns false when the mark is another one. */
    erased() {
      clearInterval(timer)
      return write(({ claimedUntil: _over, ...now }) => ({ ...now, state: 'erased' }))
    },

    stop: () => clearInterval(timer),
  }
}
