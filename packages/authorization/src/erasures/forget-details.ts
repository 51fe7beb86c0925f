import {
  type ConnectionRecord,
  type ConnectionRef,
  isEnded,
  type ProviderId,
  type UserRef,
} from '@agent-identity/contracts'
import type { ConnectionRecords } from '../connections/connection-records.ts'

type Records = Pick<ConnectionRecords, 'read' | 'readAll' | 'write'>

/**
 * Reduces the ended connections of an erased user to latches, which name no account. What the user has connected since stays.
 *
 * @param endedAt of the erasure; Unix time in milliseconds
 * @returns `later` while a revocation is not over: writing the latch would delete what is left to revoke
 */
export async function forgetDetails(
  user: UserRef,
  provider: ProviderId,
  endedAt: number,
  records: Records,
): Promise<'forgotten' | 'later'> {
  const accounts = await records.readAll(user, provider)
  const forgotten = await Promise.all(accounts.map(({ ref }) => forgetAccount(ref, endedAt, records)))
  return forgotten.includes('later') ? 'later' : 'forgotten'
}

/** Removes `connectedAt` of what had ended before the erasure: the clock that wrote it may be ahead, and `forgetDetails` compares it. */
export async function forgetTimeOfEnded(
  ref: ConnectionRef,
  records: Pick<ConnectionRecords, 'read' | 'readRevocation' | 'write'>,
): Promise<void> {
  for (;;) {
    const seen = await records.read(ref)
    if (!isEnded(seen.value) || seen.value?.connectedAt === undefined) return
    const { connectedAt: _, ...next } = seen.value
    const left = await records.readRevocation(ref)
    // A replica that is reading the vault can store nothing after this write. With its claim, the next reading would have to wait for the
    // claim's end, and the user session may have ended by then.
    const unclaimed = left.value?.toRead.length ? { ...left.value, claimedUntil: 0 } : left.value
    if (await records.write(ref, seen, next, { seen: left, next: unclaimed })) return
  }
}

async function forgetAccount(ref: ConnectionRef, endedAt: number, records: Records): Promise<'forgotten' | 'later'> {
  for (;;) {
    const seen = await records.read(ref)
    if ((seen.value?.connectedAt ?? 0) > endedAt) return 'forgotten'
    if (seen.value?.status === 'disconnecting') return 'later'
    if (seen.value?.status !== 'disconnected') return 'forgotten'
    if (await records.write(ref, seen, latchOf(seen.value), {})) return 'forgotten'
  }
}

const latchOf = ({ id, status, generation, ended, disconnectedAt, outcome, tokenEndsAt }: ConnectionRecord) => ({
  ...{ id, status, scopes: '', generation, entries: [], onlyBound: true as const },
  // Parameters may name an account.
  ended: ended.map(({ scopes }) => ({ scopes })),
  ...(disconnectedAt === undefined ? {} : { disconnectedAt }),
  ...(outcome === undefined ? {} : { outcome }),
  ...(tokenEndsAt === undefined ? {} : { tokenEndsAt }),
})
