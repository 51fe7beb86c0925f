import type { Scripted } from '@agent-identity/provider-kit'
import type { Message, ToolResultBlock, ToolUseBlock } from '@strands-agents/sdk'

/** Puts the results of the last tool calls into words, in the order of the calls. */
export function answer(messages: readonly Message[], scripted: Scripted): string {
  const calls = new Map<string, ToolUseBlock>()
  for (const { content } of messages)
    for (const block of content) if (block.type === 'toolUseBlock') calls.set(block.toolUseId, block)
  const results = messages.at(-1)?.content.filter((block) => block.type === 'toolResultBlock') ?? []
  return results.map((result) => sentence(calls.get(result.toolUseId)?.name ?? '', result, scripted)).join('\n\n')
}

function sentence(tool: string, result: ToolResultBlock, scripted: Scripted): string {
  const [first] = result.content
  if (result.status === 'error')
    return `I am sorry. ${first?.type === 'textBlock' ? first.text.replace(/^Error: /, '') : 'That did not work.'}`
  return (first?.type === 'jsonBlock' && scripted[tool]?.answer(first.json)) || 'That is done.'
}
