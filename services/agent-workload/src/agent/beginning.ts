import { TURN_ERROR_CODES, type TurnId } from '@agent-identity/contracts'
import type { Agent } from '@strands-agents/sdk'
import { z } from 'zod'
import { type AgentEnd, type AgentProgress, failed } from './agent-events.ts'
import { type Suspension, suspensionOf } from './suspension.ts'

export type Beginning =
  | { at: 'question'; message: string }
  | { at: 'suspension'; suspension: Suspension }
  /** The turn has ended before: a process died between writing that down and saying it. What it has shown is void. */
  | { at: 'end'; shown: AgentProgress[]; end: AgentEnd }

/** Kept in the snapshot, beside the messages. */
const Progress = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), delta: z.string() }),
  z.object({ type: z.literal('tool'), tool: z.string(), status: z.enum(['started', 'succeeded', 'failed']) }),
])
const TurnMemory = z.object({
  turnId: z.string().optional(),
  end: z.union([z.literal('done'), z.enum(TURN_ERROR_CODES)]).optional(),
  /** By the run that has ended it. */
  shown: z.array(Progress).default([]),
})
const TURN = 'turn'

/**
 * The snapshot decides, whatever the work is called: it comes at least once, and a run that died before it wrote anything
 * down may be followed by work that was meant to resume it.
 */
export function whereToBegin(agent: Agent, { turnId, message }: { turnId: TurnId; message: string }): Beginning {
  const memory = TurnMemory.safeParse(agent.appState.get(TURN)).data
  if (memory?.turnId !== turnId) return { at: 'question', message }
  const suspension = suspensionOf(agent)
  if (suspension) return { at: 'suspension', suspension }
  const end: AgentEnd = memory.end === 'done' ? { type: 'done' } : failed(memory.end ?? 'turn_failed')
  return { at: 'end', shown: memory.shown, end }
}

/** @param shown what this run has told so far: should nobody hear of its end, it is told again. */
export function rememberTurn(agent: Agent, turnId: TurnId, end: AgentEnd, shown: readonly AgentProgress[]): void {
  const known = end.type === 'done' ? end.type : end.type === 'failed' ? end.code : undefined
  agent.appState.set(TURN, {
    turnId,
    ...(known === undefined ? {} : { end: known, shown: joined(shown) }),
  } satisfies z.input<typeof TurnMemory>)
}

/** Words that came one after the other, in one piece. */
function joined(shown: readonly AgentProgress[]): AgentProgress[] {
  const pieces: AgentProgress[] = []
  for (const piece of shown) {
    const last = pieces.at(-1)
    if (piece.type === 'text' && last?.type === 'text')
      pieces.splice(-1, 1, { type: 'text', delta: last.delta + piece.delta })
    else pieces.push(piece)
  }
  return pieces
}
