import type { SettleAuthorizationPorts } from '@agent-identity/authorization'
import { TurnId, WaiterId } from '@agent-identity/contracts'
import type { Turns } from './turns.ts'
import type { WorkQueue } from './work-queue.ts'

export const waiterOf = (turnId: TurnId) => WaiterId.parse(turnId)

/** The set of waiters is not sealed: a member that is no turn id is passed over. */
const turnOf = (waiter: WaiterId) => TurnId.safeParse(waiter).data

export function waitingTurns(turns: Pick<Turns, 'read' | 'append'>, work: Pick<WorkQueue, 'enqueue'>) {
  return {
    async isOf(waiter, { owner, userSession }) {
      const turnId = turnOf(waiter)
      const turn = turnId && (await turns.read(turnId))
      return turn?.owner === owner && turn.userSession === userSession
    },
    async tell(waiter, event) {
      const turnId = turnOf(waiter)
      if (turnId) await turns.append(turnId, event)
    },
    async resume(waiter) {
      const turnId = turnOf(waiter)
      if (turnId) await work.enqueue({ turnId, kind: 'resume' })
    },
  } satisfies SettleAuthorizationPorts['waiting']
}
