import { ConnectionRecord, type ProviderId, type UserRef } from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'
import type { ConnectionRecords } from '../connections/connection-records.ts'

/** Writes a latch where an erased user has no record of the account without a name: by the latch's generation, no earlier consent connects. */
export async function latchAbsent(
  user: UserRef,
  provider: ProviderId,
  records: Pick<ConnectionRecords, 'read' | 'readRevocation' | 'write'>,
): Promise<void> {
  const ref = { user, provider, named: undefined }
  for (;;) {
    const seen = await records.read(ref)
    if (seen.value) return
    const latch = { id: randomToken(8), status: 'disconnected', scopes: '', generation: 1, onlyBound: true }
    // What is left to revoke of a connection whose record is lost is deleted here, and the audit trail says so.
    const left = await records.readRevocation(ref)
    if (await records.write(ref, seen, ConnectionRecord.parse(latch), { seen: left })) return
  }
}

/** Whether it is a latch such as `latchAbsent` writes. */
export const isBareLatch = ({ status, onlyBound, disconnectedAt }: ConnectionRecord): boolean =>
  status === 'disconnected' && onlyBound === true && disconnectedAt === undefined
