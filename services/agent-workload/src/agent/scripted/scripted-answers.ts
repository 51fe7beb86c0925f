import type { Scripted } from '@agent-identity/provider-kit'

export type ToolResult = { tool: string } & ({ result: unknown } | { failure: string })

export const answer = (results: readonly ToolResult[], scripted: Scripted): string =>
  results.map((result) => sentence(result, scripted)).join('\n\n')

function sentence(outcome: ToolResult, scripted: Scripted): string {
  if ('failure' in outcome) return `I am sorry. ${outcome.failure}`
  const { tool, result } = outcome
  return (result !== undefined && scripted[tool]?.answer(result)) || 'That is done.'
}
