import { type Agent, type InterruptParams, InterruptResponseContent, Message, TextBlock } from '@strands-agents/sdk'
import { z } from 'zod'
import type { WaitsFor } from '../agent-loop.ts'

/**
 * How Strands 1.19 suspends a turn and resumes it (observed):
 * - the tools of one model message run in parallel, and all have run before the turn is suspended;
 * - answering any interrupt runs every tool without a result again from its start;
 * - an answered interrupt does not suspend again: a tool that must wait again needs an interrupt with another name.
 *
 * So an answer only means "check again", every interrupt gets one, and the tool requests its token again.
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

/** The reason is stored in the snapshot: it only names what the tool waits for. */
export function suspend(context: { interrupt(params: InterruptParams): unknown }, waitsFor: WaitsFor): never {
  const name = 'effect' in waitsFor ? `confirmation:${waitsFor.effect}` : `authorization:${waitsFor.authorizationId}`
  for (let time = 1; ; time++) context.interrupt({ name: time === 1 ? name : `${name}:${time}`, reason: waitsFor })
}

export function endSuspension(agent: Agent): void {
  agent.loadSnapshot({
    ...agent.takeSnapshot({ include: ['interrupts'] }),
    data: { interrupts: { interrupts: {}, activated: false } },
  })
  // Some models refuse two consecutive messages of the user.
  if (agent.messages.at(-1)?.role === 'user')
    agent.messages.push(new Message({ role: 'assistant', content: [new TextBlock('I could not finish this.')] }))
}
