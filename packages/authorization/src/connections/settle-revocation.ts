import {
  type ConnectionRecord,
  type ConnectionRef,
  type DisconnectOutcome,
  isEnded,
  type ProviderId,
  type Revocation,
  type RevocationWay,
} from '@agent-identity/contracts'
import type { Audit, Clock } from '@agent-identity/service-runtime'
import { isUsing } from './asking.ts'
import { type ConnectionRecords, isLost, type Read } from './connection-records.ts'
import { whichOf } from './connection-state.ts'
import type { ConnectionVault } from './connection-vault.ts'
import {
  AGENTCORE_ASKED_FOR_MS,
  forgetEntries,
  type RevocationSteps,
  readTokens,
  revokeTokens,
} from './revocation-steps.ts'

export interface SettleRevocationPorts {
  records: ConnectionRecords
  vault: ConnectionVault
  /** @returns undefined for a provider that is not offered */
  wayOf(provider: ProviderId): RevocationWay | undefined
  revoke: RevocationSteps['revoke']
  isConsenting(ref: ConnectionRef, generation: number): Promise<boolean>
  audit: Audit
  clock: Clock
}

const CLAIM_MS = 60_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 15 * 60_000
/** @param ms how long the revocation has lasted: the pause grows with it. */
const pauseAfter = (ms: number) => Math.min(Math.max(ms / 4, FIRST_PAUSE_MS), LONGEST_PAUSE_MS)
const LONGEST_NOT_OFFERED_PAUSE_MS = 30_000
/** While the user consents nothing is revoked: the vendor could end the new token, too. */
const CONSENTING_PAUSE_MS = 5_000

/**
 * One step of a revocation. What is done is taken off the record, so that any replica goes on where another one died. What was not written down is
 * done once more: the vendor's answer for a token that has ended before counts as `revoked`.
 *
 * @returns `later`: the time (Unix, ms) at which to try again
 */
export async function settleRevocation(
  ref: ConnectionRef,
  ports: SettleRevocationPorts,
): Promise<'settled' | { later: number }> {
  const { records, clock } = ports
  const connection = await records.read(ref)
  const left = await records.readRevocation(ref)
  // Whether what is left is of an earlier connection.
  const isOfAnother = !isEnded(connection.value) && left.value !== undefined
  if (!connection.value) {
    // The connection’s record is lost: nothing shows whose tokens these are.
    if (left.stored !== '')
      ports.audit({ event: 'disconnected', requestId: 'unknown', ...whichOf(ref), outcome: 'not_revoked' })
    return 'settled'
  }
  if (connection.value.status !== 'disconnecting' && !isOfAnother) {
    if (isLost(left, connection.value)) await records.write(ref, connection, connection.value, { seen: left })
    return 'settled'
  }
  if (left.value && clock() < left.value.claimedUntil) return { later: left.value.claimedUntil }
  const way = ports.wayOf(ref.provider)
  if (!way) return whereNotOffered(ref, connection, left, ports)
  const { generation } = connection.value
  const isConsentingNow = () => ports.isConsenting(ref, generation)
  if (await isConsentingNow()) return { later: clock() + CONSENTING_PAUSE_MS }

  const begun = { ...(left.value ?? lost(clock())), claimedUntil: clock() + CLAIM_MS }
  const claim = await records.write(ref, connection, connection.value, { seen: left, next: begun })
  if (!claim) return { later: clock() + FIRST_PAUSE_MS }

  const isInUse = async (what: Revocation) =>
    (await records.readAll(ref.user, ref.provider)).some(({ record }) => isUsing(record, what))
  const steps: RevocationSteps = { ...ports, ref, way, isConsentingNow, isInUse }
  const read = await readTokens(begun, steps)
  // What was read may be of a consent that began in between: it is neither forgotten nor revoked.
  if (await isConsentingNow()) {
    const asBefore = { ...begun, claimedUntil: 0 }
    await records.write(ref, claim.connection, connection.value, { seen: claim.left, next: asBefore })
    return { later: clock() + CONSENTING_PAUSE_MS }
  }
  // The tokens are stored before the vault is asked to forget them.
  const kept = await records.write(ref, claim.connection, connection.value, { seen: claim.left, next: read })
  if (!kept) return { later: clock() + FIRST_PAUSE_MS }
  const done = await revokeTokens(await forgetEntries(read, steps), steps)

  const isOver = done.toRead.length + done.toForget.length + done.tokens.length === 0
  const ended = await records.write(
    ref,
    kept.connection,
    isOver && !isOfAnother ? endOf(connection.value, done, way) : connection.value,
    { seen: kept.left, ...(isOver ? {} : { next: { ...done, claimedUntil: 0 } }) },
  )
  if (!ended) return { later: clock() + FIRST_PAUSE_MS }
  if (!isOver) return { later: clock() + pauseAfter(clock() - done.since) }
  const { requestId, userSession } = done
  ports.audit({ event: 'disconnected', requestId, userSession, ...whichOf(ref), outcome: outcomeOf(done, way) })
  return 'settled'
}

/** A replica of another version may offer the provider. An erasure waits for that replica: the pauses are short. */
async function whereNotOffered(
  ref: ConnectionRef,
  connection: Read<ConnectionRecord>,
  left: Read<Revocation>,
  { records, audit, clock }: SettleRevocationPorts,
): Promise<'settled' | { later: number }> {
  const { value } = connection
  const now = clock()
  const since = left.value?.since ?? now
  if (!value || (left.value && now < since + AGENTCORE_ASKED_FOR_MS))
    return { later: now + Math.min(pauseAfter(now - since), LONGEST_NOT_OFFERED_PAUSE_MS) }
  const outcome = 'not_revoked'
  const ended: ConnectionRecord = isEnded(value) ? { ...value, status: 'disconnected', outcome } : value
  if (!(await records.write(ref, connection, ended, { seen: left }))) return { later: now + FIRST_PAUSE_MS }
  const { requestId = 'unknown', userSession } = left.value ?? {}
  audit({ event: 'disconnected', requestId, userSession, ...whichOf(ref), outcome })
  return 'settled'
}

function endOf(record: ConnectionRecord, done: Revocation, way: RevocationWay): ConnectionRecord {
  const { tokenEndsAt } = done
  return { ...record, status: 'disconnected', outcome: outcomeOf(done, way), ...(tokenEndsAt && { tokenEndsAt }) }
}

function outcomeOf(
  { notRead, notConfirmed, endKnown = 0, revoked }: Revocation,
  way: RevocationWay,
): DisconnectOutcome {
  if (notRead > 0) return 'not_revoked'
  // The page says when the last token ends: the end of each must be known.
  if (notConfirmed > 0)
    return way.by === 'impossible' && endKnown >= notConfirmed ? 'cannot_be_revoked' : 'not_confirmed'
  return revoked > 0 ? 'revoked' : 'nothing_to_revoke'
}

/** The record of what is left is lost: it counts as a token that was not read. */
const lost = (now: number): Revocation => ({
  requestId: 'unknown',
  accounts: [],
  since: now,
  toRead: [],
  toForget: [],
  tokens: [],
  revoked: 0,
  notConfirmed: 0,
  notRead: 1,
  claimedUntil: 0,
})
