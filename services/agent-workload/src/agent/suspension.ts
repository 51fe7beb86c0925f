import { AuthorizationId } from '@agent-identity/contracts'
import { type Agent, type InterruptParams, InterruptResponseContent, Message, TextBlock } from '@strands-agents/sdk'
import { z } from 'zod'

/**
 * A suspended turn, as Strands 1.19 keeps it (measured, and held by agent-runner.test.ts):
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
  /** The model said something before it called the tools that wait. */
  hasSpoken: boolean
}

const LOOK_AGAIN = 'look again'

const Interrupts = z.object({
  activated: z.boolean(),
  interrupts: z.record(z.string(), z.object({ response: z.unknown().optional() })),
  pendingToolExecution: z
    .object({ assistantMessageData: z.object({ content: z.array(z.object({ text: z.string().optional() })) }) })
    .optional(),
})

export function suspensionOf(agent: Agent): Suspension | undefined {
  const parsed = Interrupts.safeParse(agent.takeSnapshot({ include: ['interrupts'] }).data.interrupts)
  if (!parsed.success || !parsed.data.activated) return undefined
  const { interrupts, pendingToolExecution } = parsed.data
  return {
    interruptIds: Object.keys(interrupts).filter((id) => interrupts[id]?.response === undefined),
    hasSpoken: pendingToolExecution?.assistantMessageData.content.some(({ text }) => text) ?? false,
  }
}

export const answerAll = ({ interruptIds }: Suspension): InterruptResponseContent[] =>
  interruptIds.map((interruptId) => new InterruptResponseContent({ interruptId, response: LOOK_AGAIN }))

type WaitsFor = { authorizationId: AuthorizationId } | { effect: string }

/** Suspends the turn at this tool. The reason goes into the snapshot: it names what the tool waits for and nothing else. */
export function suspend(context: { interrupt(params: InterruptParams): unknown }, waitsFor: WaitsFor): never {
  const name = 'effect' in waitsFor ? `confirmation:${waitsFor.effect}` : `authorization:${waitsFor.authorizationId}`
  for (let time = 1; ; time++) context.interrupt({ name: time === 1 ? name : `${name}:${time}`, reason: waitsFor })
}

const Reason = z.union([z.object({ authorizationId: AuthorizationId }), z.object({ effect: z.string() })])

/** Several tools can wait for one authorization; each waits for a confirmation of its own call. */
export function awaited(interrupts: readonly { reason?: unknown }[]): {
  authorizationIds: AuthorizationId[]
  effects: string[]
} {
  const reasons = interrupts.flatMap(({ reason }) => Reason.safeParse(reason).data ?? [])
  const ids = reasons.flatMap((reason) => ('authorizationId' in reason ? [reason.authorizationId] : []))
  const effects = reasons.flatMap((reason) => ('effect' in reason ? [reason.effect] : []))
  return { authorizationIds: [...new Set(ids)], effects: [...new Set(effects)] }
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
