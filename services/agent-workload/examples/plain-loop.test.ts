import { randomUUID } from 'node:crypto'
import { describeAgentLoop } from '../src/agent/test-support/agent-loop-suite/index.ts'
import { type AskModel, createPlainLoop } from './plain-loop.ts'

describeAgentLoop('sixty lines', (reply) =>
  createPlainLoop(async (asked) => {
    const { text, calls } = reply(lastOf(asked.messages), new Set(asked.tools.map(({ name }) => name)))
    return {
      role: 'assistant',
      content: text,
      ...(calls.length > 0 && {
        tool_calls: calls.map(({ name, input }) => ({
          id: randomUUID(),
          type: 'function' as const,
          function: { name, arguments: JSON.stringify(input) },
        })),
      }),
    }
  }),
)

function lastOf(messages: Parameters<AskModel>[0]['messages']) {
  const last = messages.at(-1)
  if (last?.role !== 'tool') return { question: String(last?.content) }
  const at = messages.findLastIndex(({ role }) => role === 'assistant')
  const results = messages
    .slice(at + 1)
    .flatMap((message) =>
      message.role === 'tool' ? [{ id: message.tool_call_id, content: String(message.content) }] : [],
    )
  const names = new Map(
    messages
      .flatMap((message) => (message.role === 'assistant' ? (message.tool_calls ?? []) : []))
      .flatMap((call) => (call.type === 'function' ? [[call.id, call.function.name] as const] : [])),
  )
  return { results: results.map(({ id, content }) => ({ tool: names.get(id) ?? '', ...outcomeOf(content) })) }
}

function outcomeOf(content: string): { result: unknown } | { failure: string } {
  return content.startsWith('{') ? { result: JSON.parse(content) } : { failure: content.replace(/^ToolFailure: /, '') }
}
