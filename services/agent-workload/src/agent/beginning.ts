import { TURN_ERROR_CODES, type TurnId } from '@agent-identity/contracts'
import type { Agent } from '@strands-agents/sdk'
import { z } from 'zod'
import { type AgentEnd, failed } from './agent-events.ts'
import { type Suspension, suspensionOf } from './suspension.ts'

export type Beginning =
  | { at: 'question'; message: string }
  | { at: 'suspension'; suspension: Suspension }
  /** The turn has ended before: a process died between writing that down and saying it. */
  | { at: 'end'; end: AgentEnd }

/** Kept in the snapshot, beside the messages. */
const TurnMemory = z.object({
  turnId: z.string().optional(),
  end: z.union([z.literal('done'), z.enum(TURN_ERROR_CODES)]).optional(),
})
const TURN = 'turn'

/** Work comes at least once, so the snapshot decides where a run begins, and the work item only where it does not. */
export function whereToBegin(
  agent: Agent,
  input: { turnId?: TurnId } & ({ kind: 'start'; message: string } | { kind: 'resume' }),
): Beginning {
  const memory = TurnMemory.safeParse(agent.appState.get(TURN)).data
  const sameTurn = input.turnId !== undefined && memory?.turnId === input.turnId
  if (input.kind === 'start' && !sameTurn) return { at: 'question', message: input.message }

  const otherTurn = input.turnId !== undefined && !sameTurn
  if (!memory || otherTurn) return { at: 'end', end: failed('turn_failed') }
  const suspension = suspensionOf(agent)
  if (suspension) return { at: 'suspension', suspension }
  return { at: 'end', end: memory.end === 'done' ? { type: 'done' } : failed(memory.end ?? 'turn_failed') }
}

export function rememberTurn(agent: Agent, turnId: TurnId | undefined, end: AgentEnd): void {
  const known = end.type === 'done' ? end.type : end.type === 'failed' ? end.code : undefined
  agent.appState.set(TURN, {
    ...(turnId === undefined ? {} : { turnId }),
    ...(known === undefined ? {} : { end: known }),
  } satisfies z.infer<typeof TurnMemory>)
}
