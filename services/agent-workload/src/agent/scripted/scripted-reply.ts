import type { Scripted } from '@agent-identity/provider-kit'
import { answer, type ToolResult } from './scripted-answers.ts'
import { type Decision, decide } from './scripted-rules.ts'

/** What a model does with the last question, or with what came of the tools that it has called. */
export type Reply = (
  last: { question: string } | { results: readonly ToolResult[] },
  tools: ReadonlySet<string>,
) => Decision

/**
 * The stand-in for a language model, so that the stack runs on a laptop and its tests say the same every time. It
 * recognizes a few English sentences by rule (scripted-rules.ts) and puts tool results into words (scripted-answers.ts);
 * each provider's `scripted.ts` says which.
 * Nothing else is played: the agent loop around it, the tools it calls, their tokens and the suspended turns are the ones
 * of production, and it can no more see a token than a real model can.
 */
export const scriptedReply =
  (scripted: Scripted): Reply =>
  (last, tools) =>
    'results' in last ? { text: answer(last.results, scripted), calls: [] } : decide(last.question, tools, scripted)
