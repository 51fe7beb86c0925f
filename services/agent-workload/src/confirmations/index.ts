import type { AskFirstChoices } from '@agent-identity/authorization'
import type { AgentWorkloadEnvironment, ConfirmationId, Turn, TurnId, UserSessionRef } from '@agent-identity/contracts'
import type { Audit, Clock } from '@agent-identity/service-runtime'
import type { Run } from '../turns/run.ts'
import type { Turns } from '../turns/turns.ts'
import type { WorkQueue } from '../turns/work-queue.ts'
import type { Confirmations, UnconfirmedCall } from './confirmations.ts'
import { auditedConfirmation, settleConfirmation } from './settle-confirmation.ts'

interface Dependencies {
  config: Pick<AgentWorkloadEnvironment, 'EFFECTS_PER_TURN'>
  confirmations: Confirmations
  askFirst: AskFirstChoices
  turns: Turns
  work: WorkQueue
  audit: Audit
  clock: Clock
}

export function createConfirming(dependencies: Dependencies) {
  const { config, confirmations, askFirst, turns, work, audit, clock } = dependencies

  return {
    permissionsFor: ({ turnId, run, record }: { turnId: TurnId; run: Run; record: Turn }) => ({
      effectsPerTurn: config.EFFECTS_PER_TURN,
      asksFirst: (provider: Parameters<AskFirstChoices['isOn']>[1]) => askFirst.isOn(record.owner, provider),
      decisionOn: (effect: string) => confirmations.decisionOn(turnId, effect),
      async ask(calls: readonly UnconfirmedCall[]): Promise<void> {
        const { length: begun } = await turns.effects(turnId, run).begun()
        const id = await confirmations.ask({ turnId, run, userSession: record.userSession }, calls, begun)
        const asked = { id, calls: calls.map(({ call }) => call) }
        if (id)
          audit({ ...auditedConfirmation('confirmation_asked', { ...asked, id }, record), requestId: record.requestId })
      },
    }),

    settle: (id: ConfirmationId) =>
      settleConfirmation(id, {
        confirmations,
        turns: {
          read: turns.read,
          tell: (turnId, event) => turns.append(turnId, event),
          resume: (turnId) => work.enqueue({ turnId, kind: 'resume' }),
        },
        audit,
        clock,
      }),

    /** Turns that waited for an answer are resumed, so that they end. What fails here can be repeated: they are forgotten last. */
    async signOut(ref: UserSessionRef): Promise<void> {
      for (const turnId of await confirmations.confirmingTurns(ref)) await work.enqueue({ turnId, kind: 'resume' })
      await confirmations.forgetConfirmingTurns(ref)
    },
  }
}

export type Confirming = ReturnType<typeof createConfirming>
