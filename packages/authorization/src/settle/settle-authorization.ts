import type { AuthorizationId, UserRef } from '@agent-identity/contracts'
import { type Later, later } from '../later.ts'
import { isTravelling } from '../start/starts.ts'
import { endAuthorization, type SettlePorts } from './settle-start.ts'

/** No browser has opened the link in time, or none came back. */
export async function settleAuthorization(
  owner: UserRef,
  id: AuthorizationId,
  ports: Pick<SettlePorts, 'authorizations' | 'starts' | 'tell' | 'clock'>,
): Promise<Later> {
  const { clock } = ports
  const authorization = await ports.authorizations.read(owner, id)
  if (!authorization) return 'settled'
  if (!authorization.end) {
    if (clock() < authorization.expiresAt) return { later: authorization.expiresAt }
    const starts = await Promise.all(authorization.starts.map((one) => ports.starts.read(one)))
    // A consent that came in time is settled first.
    if (
      starts.some(
        (one) => one && (isTravelling(one, clock()) || one.status === 'bound' || one.status === 'unconfirmed'),
      )
    )
      return later(authorization.expiresAt, clock())
  }
  await endAuthorization(authorization, { outcome: 'failed', code: 'expired' }, ports)
  return 'settled'
}
