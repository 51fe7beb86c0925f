import { ConnectionRecord, type ProviderId, type UserRef } from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'
import type { ConnectionRecords } from '../connections/connection-records.ts'

/**
 * The user was erased. Without a record of a connection the token vault may have an entry nevertheless: of a record that Redis has lost, or of a
 * consent that was bound and not written down. The latch says that it is used after another consent only, and lets no earlier consent connect.
 */
export async function latchAbsent(
  user: UserRef,
  provider: ProviderId,
  records: Pick<ConnectionRecords, 'read' | 'write'>,
): Promise<void> {
  const ref = { user, provider, named: undefined }
  for (;;) {
    const seen = await records.read(ref)
    if (seen.value) return
    const latch = { id: randomToken(8), status: 'disconnected', scopes: '', generation: 1, onlyBound: true }
    if (await records.write(ref, seen, ConnectionRecord.parse(latch), {})) return
  }
}

/** Of a connection that never was: there is nothing to show of it. */
export const isBareLatch = ({ status, onlyBound, disconnectedAt }: ConnectionRecord): boolean =>
  status === 'disconnected' && onlyBound === true && disconnectedAt === undefined
