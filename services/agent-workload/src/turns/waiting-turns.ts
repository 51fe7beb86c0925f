import type { SettleAuthorizationPorts } from '@agent-identity/authorization'
import type { Turns } from './turns.ts'
import type { WorkQueue } from './work-queue.ts'

/** Turns wait for authorizations here: how a turn gets the outcome, and how it resumes. */
export function waitingTurns(turns: Pick<Turns, 'read' | 'append'>, work: Pick<WorkQueue, 'enqueue'>) {
  return {
    async isOf(turnId, { owner, userSession }) {
      const turn = await turns.read(turnId)
      return turn?.owner === owner && turn.userSession === userSession
    },
    tell: (turnId, event) => turns.append(turnId, event),
    resume: (turnId) => work.enqueue({ turnId, kind: 'resume' }),
  } satisfies SettleAuthorizationPorts['waiting']
}
