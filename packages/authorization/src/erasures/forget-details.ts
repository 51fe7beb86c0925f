import type { ConnectionRecord, ProviderId, UserRef } from '@agent-identity/contracts'
import type { ConnectionRecords } from '../connections/connection-records.ts'

/**
 * The user was erased: what is left of a connection says that nothing may be used without another consent, and how the token ended. It names no
 * account.
 *
 * @returns `later` while a token is being revoked: what is left to do needs the whole record.
 */
export async function forgetDetails(
  user: UserRef,
  provider: ProviderId,
  records: Pick<ConnectionRecords, 'read' | 'write'>,
): Promise<'forgotten' | 'later'> {
  for (;;) {
    const seen = await records.read(user, provider)
    if (seen.value?.status === 'disconnecting') return 'later'
    // Never connected, or again since.
    if (seen.value?.status !== 'disconnected') return 'forgotten'
    if (await records.write(user, provider, seen, latchOf(seen.value), {})) return 'forgotten'
  }
}

const latchOf = ({ id, status, generation, ended, disconnectedAt, outcome, tokenEndsAt }: ConnectionRecord) => ({
  ...{ id, status, scopes: '', generation, entries: [], ended },
  ...(disconnectedAt === undefined ? {} : { disconnectedAt }),
  ...(outcome === undefined ? {} : { outcome }),
  ...(tokenEndsAt === undefined ? {} : { tokenEndsAt }),
})
