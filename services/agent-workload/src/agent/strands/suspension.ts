import { type Agent, type InterruptParams, InterruptResponseContent, Message, TextBlock } from '@strands-agents/sdk'
import { z } from 'zod'
import type { WaitsFor } from '../agent-loop.ts'

/**
 * A suspended turn, as Strands 1.19 keeps it (measured, and held by strands-loop.test.ts):
 * - the tools of one model message run side by side, and all of them have run before the turn is suspended: two that need
 *   consent raise two interrupts in one run, and a third that needs none has its result kept;
 * - answering any interrupt runs every tool without a result again from its top, whichever interrupt was answered;
 * - an answered interrupt never suspends again: a tool that must go on waiting needs an interrupt of another name.
 *
 * So an answer says nothing but "look again", every interrupt gets one, and the tool asks for its token anew: a resume
 * proves nothing, and one that comes too early changes nothing.
 */
export interface Suspension {
  interruptIds: string[]
}

const LOOK_AGAIN = 'look again'

const Interrupts = z.object({
  activated: z.boolean(),
  interrupts: z.record(z.string(), z.object({ response: z.unknown().optional() })),
})

export function suspensionOf(agent: Agent): Suspension | undefined {
  const parsed = Interrupts.safeParse(agent.takeSnapshot({ include: ['interrupts'] }).data.interrupts)
  if (!parsed.success || !parsed.data.activated) return undefined
  const { interrupts } = parsed.data
  return {
    interruptIds: Object.keys(interrupts).filter((id) => interrupts[id]?.response === undefined),
  }
}

export const answerAll = ({ interruptIds }: Suspension): InterruptResponseContent[] =>
  interruptIds.map((interruptId) => new InterruptResponseContent({ interruptId, response: LOOK_AGAIN }))

/** Suspends the turn at this tool. The reason goes into the snapshot: it names what the tool waits for and nothing else. */
export function suspend(context: { interrupt(params: InterruptParams): unknown }, waitsFor: WaitsFor): never {
  const name = 'effect' in waitsFor ? `confirmation:${waitsFor.effect}` : `authorization:${waitsFor.authorizationId}`
  for (let time = 1; ; time++) context.interrupt({ name: time === 1 ? name : `${name}:${time}`, reason: waitsFor })
}

/** Makes the conversation fit for another question: no tool waits, and no question stands without an answer. */
export function giveUp(agent: Agent): void {
  agent.loadSnapshot({
    ...agent.takeSnapshot({ include: ['interrupts'] }),
    data: { interrupts: { interrupts: {}, activated: false } },
  })
  // Models refuse two messages of the user in a row.
  if (agent.messages.at(-1)?.role === 'user')
    agent.messages.push(new Message({ role: 'assistant', content: [new TextBlock('I could not finish this.')] }))
}
