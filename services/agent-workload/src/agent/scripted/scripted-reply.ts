import type { Scripted } from '@agent-identity/provider-kit'
import { answer, type ToolResult } from './scripted-answers.ts'
import { type Decision, decide } from './scripted-rules.ts'

export type Reply = (
  last: { question: string } | { results: readonly ToolResult[] },
  tools: ReadonlySet<string>,
) => Decision

export const scriptedReply =
  (scripted: Scripted): Reply =>
  (last, tools) =>
    'results' in last ? { text: answer(last.results, scripted), calls: [] } : decide(last.question, tools, scripted)
