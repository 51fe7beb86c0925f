import type { ConnectionRecord, ConnectionRef, ProviderId, UserRef } from '@agent-identity/contracts'
import type { ConnectionRecords } from '../connections/connection-records.ts'

type Records = Pick<ConnectionRecords, 'read' | 'readAll' | 'write'>

/**
 * The user was erased: what is left of their connections says that nothing may be used without another consent, and how the token ended. It
 * names no account.
 *
 * @returns `later` while a token is being revoked: what is left to do needs the whole record.
 */
export async function forgetDetails(
  user: UserRef,
  provider: ProviderId,
  records: Records,
): Promise<'forgotten' | 'later'> {
  const accounts = await records.readAll(user, provider)
  const forgotten = await Promise.all(accounts.map(({ ref }) => forgetAccount(ref, records)))
  return forgotten.includes('later') ? 'later' : 'forgotten'
}

async function forgetAccount(ref: ConnectionRef, records: Records): Promise<'forgotten' | 'later'> {
  for (;;) {
    const seen = await records.read(ref)
    if (seen.value?.status === 'disconnecting') return 'later'
    // Never connected, or connected again since.
    if (seen.value?.status !== 'disconnected') return 'forgotten'
    if (await records.write(ref, seen, latchOf(seen.value), {})) return 'forgotten'
  }
}

const latchOf = ({ id, status, generation, ended, disconnectedAt, outcome, tokenEndsAt }: ConnectionRecord) => ({
  ...{ id, status, scopes: '', generation, entries: [], onlyBound: true as const },
  // Without the parameters, which may name an account.
  ended: ended.map(({ scopes }) => ({ scopes })),
  ...(disconnectedAt === undefined ? {} : { disconnectedAt }),
  ...(outcome === undefined ? {} : { outcome }),
  ...(tokenEndsAt === undefined ? {} : { tokenEndsAt }),
})
