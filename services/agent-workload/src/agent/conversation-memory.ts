import { TURN_ERROR_CODES, type TurnId } from '@agent-identity/contracts'
import { z } from 'zod'
import { type AgentEnd, type AgentProgress, failed } from './agent-events.ts'
import type { LoopTurn } from './agent-loop.ts'

export interface MemoryStore {
  /** @throws when the stored value does not open */
  read(): Promise<string | undefined>
  write(value: string): Promise<void>
}

const Progress = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), delta: z.string() }),
  z.object({ type: z.literal('tool'), tool: z.string(), status: z.enum(['started', 'succeeded', 'failed']) }),
])
const ConversationMemory = z.object({
  /** The turn whose run wrote this. */
  turnId: z.string().optional(),
  /** Absent while the turn waits. */
  end: z
    .union([z.literal('done'), z.enum(TURN_ERROR_CODES)])
    // A newer version may have other codes.
    .catch('turn_failed')
    .optional(),
  /** The events of the run that ended the turn. */
  shown: z.array(Progress).default([]),
  /** Text was sent before the turn began to wait. */
  hasSpoken: z.boolean().default(false),
  /** While the turn waits: its changes whose outcome counts as known to the model. */
  effects: z.array(z.string()).default([]),
  /** While the turn waits: the changes about which its user was asked. */
  asked: z.array(z.string()).default([]),
  state: z.unknown().optional(),
})
type ConversationMemory = z.infer<typeof ConversationMemory>

export async function readMemory(store: MemoryStore): Promise<ConversationMemory> {
  const value = await store.read()
  return ConversationMemory.parse(value === undefined ? {} : JSON.parse(value))
}

export type Beginning =
  | { at: LoopTurn['begins'] }
  /** The turn's end was stored, but not delivered. */
  | { at: 'end'; shown: AgentProgress[]; end: AgentEnd }

/** The memory decides, whatever the work item says: an item may be delivered twice, and a run that died may have stored nothing. */
export function whereToBegin(memory: ConversationMemory, turnId: TurnId): Beginning {
  if (memory.turnId !== turnId) return { at: 'with-question' }
  if (memory.end === undefined) return { at: 'where-it-waited' }
  return { at: 'end', shown: memory.shown, end: memory.end === 'done' ? { type: 'done' } : failed(memory.end) }
}

/** @param shown the events of this run: they are sent again if the turn's end was not delivered. */
export function memoryOf(
  turnId: TurnId,
  end: AgentEnd,
  {
    shown,
    hasSpoken,
    effects = [],
    asked = [],
    state,
  }: {
    shown: readonly AgentProgress[]
    hasSpoken: boolean
    effects?: readonly string[]
    asked?: readonly string[]
    state: unknown
  },
): string {
  const known = end.type === 'done' ? end.type : end.type === 'failed' ? end.code : undefined
  return JSON.stringify({
    turnId,
    ...(known === undefined
      ? { hasSpoken, effects: [...effects], asked: [...asked] }
      : { end: known, shown: joined(shown) }),
    state,
  } satisfies z.input<typeof ConversationMemory>)
}

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
