import {
  type AuditEvent,
  type ConfirmationId,
  type Turn,
  type TurnEvent,
  type TurnId,
  turnIdOf,
} from '@agent-identity/contracts'
import type { Audit, Clock } from '@agent-identity/service-runtime'
import type { Confirmation } from './confirmation-records.ts'
import type { Confirmations } from './confirmations.ts'

export interface SettleConfirmationPorts {
  confirmations: Pick<Confirmations, 'read' | 'end' | 'forgetExpiry'>
  turns: {
    read(id: TurnId): Promise<Turn | undefined>
    tell(id: TurnId, event: TurnEvent): Promise<void>
    resume(id: TurnId): Promise<void>
  }
  audit: Audit
  clock: Clock
}

/** Safe to repeat. @returns `later` while it is open: the time (Unix, ms) of the next check. */
export async function settleConfirmation(
  id: ConfirmationId,
  ports: SettleConfirmationPorts,
): Promise<'settled' | { later: number }> {
  const { confirmations, turns } = ports
  const turnId = turnIdOf(id)
  const confirmation = await confirmations.read(id)
  const turn = confirmation && (await turns.read(turnId))
  if (turn && confirmation.status === 'pending') {
    if (ports.clock() < confirmation.expiresAt) return { later: confirmation.expiresAt }
    if (await confirmations.end(id, 'expired'))
      ports.audit({ ...auditedConfirmation('confirmation_expired', confirmation, turn), requestId: turn.requestId })
    return settleConfirmation(id, ports)
  }
  if (turn && confirmation.status !== 'withdrawn' && confirmation.status !== 'pending' && !hasEnded(turn)) {
    const data = { confirmationId: id, outcome: confirmation.status }
    await turns.tell(turnId, { event: 'confirmation_settled', data })
    await turns.resume(turnId)
  }
  await confirmations.forgetExpiry(id)
  return 'settled'
}

export const hasEnded = ({ status }: Turn): boolean => status === 'done' || status === 'failed'

type ConfirmationEvent = Extract<AuditEvent, { event: `confirmation_${string}` }>

/** Contains no arguments of the calls. */
export function auditedConfirmation<Name extends ConfirmationEvent['event']>(
  event: Name,
  { id, calls }: Pick<Confirmation, 'id' | 'calls'>,
  { owner, userSession, requestId }: Pick<Turn, 'owner' | 'userSession' | 'requestId'>,
) {
  return {
    event,
    user: owner,
    userSession,
    confirmationId: id,
    turnId: turnIdOf(id),
    correlationId: requestId,
    tools: [...new Set(calls.map(({ tool }) => tool))].sort(),
    calls: calls.length,
  }
}
