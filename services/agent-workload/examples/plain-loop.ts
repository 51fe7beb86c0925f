import type { ChatCompletionMessage, ChatCompletionMessageParam } from 'openai/resources/chat/completions'
import { type AgentLoop, type AgentTool, MODEL_CALLS_PER_RUN, tooManyCalls } from '../src/agent/agent-loop.ts'

type Messages = ChatCompletionMessageParam[]
type Asked = { messages: Messages; tools: readonly AgentTool[]; signal: AbortSignal }
export type AskModel = (asked: Asked) => Promise<Pick<ChatCompletionMessage, 'role' | 'content' | 'tool_calls'>>

export const createPlainLoop = (askModel: AskModel): AgentLoop => ({
  async *run({ begins, message, systemPrompt, tools, toolCallsPerMessage, state, signal, signedOut }) {
    const messages = structuredClone((state ?? []) as Messages)
    const answer = (id: string, content: string) => messages.push({ role: 'tool', tool_call_id: id, content })
    if (begins === 'with-question') {
      for (const { id } of openCalls(messages)) answer(id, 'This was given up.')
      messages.push({ role: 'user', content: message })
    }
    for (let asked = 0; ; asked++) {
      for (const { id, name, outcome } of await Promise.all(openCalls(messages).map((call) => made(call, tools)))) {
        if ('waitsFor' in outcome) continue
        answer(id, 'failure' in outcome ? outcome.failure : JSON.stringify(outcome.result))
        yield { type: 'tool', tool: name, status: 'failure' in outcome ? 'failed' : 'succeeded' }
      }
      signal.throwIfAborted()
      if (openCalls(messages).length > 0) return { type: 'waits', state: messages }
      if (signedOut()) return { type: 'done', state: messages }
      if (asked === MODEL_CALLS_PER_RUN) return { type: 'failed', code: 'turn_failed', state: messages }
      try {
        const system = { role: 'system', content: systemPrompt } as const
        messages.push(await askModel({ messages: [system, ...messages], tools, signal }))
      } catch (cause) {
        signal.throwIfAborted()
        return { type: 'failed', code: 'model_unavailable', cause, state: messages }
      }
      yield { type: 'message' }
      yield { type: 'text', delta: String(messages.at(-1)?.content ?? '') }
      const calls = openCalls(messages)
      if (calls.length === 0) return { type: 'done', state: messages }
      for (const [at, { id, name }] of calls.entries())
        if (!tools.some((tool) => tool.name === name)) answer(id, 'There is no such tool.')
        else if (at >= toolCallsPerMessage) answer(id, tooManyCalls(toolCallsPerMessage))
        else yield { type: 'tool', tool: name, status: 'started' }
    }
  },
})

/** The tool calls without a result. */
function openCalls(messages: Messages) {
  const answered = new Set(messages.map((message) => message.role === 'tool' && message.tool_call_id))
  const calls = messages.flatMap((message) => (message.role === 'assistant' ? (message.tool_calls ?? []) : []))
  const open = calls.flatMap((call) => (call.type === 'function' && !answered.has(call.id) ? [call] : []))
  return open.map(({ id, function: { name, arguments: input } }) => ({ id, name, input }))
}

async function made({ id, name, input }: ReturnType<typeof openCalls>[number], tools: readonly AgentTool[]) {
  try {
    const tool = tools.find((known) => known.name === name)
    return { id, name, outcome: (await tool?.call(JSON.parse(input))) ?? { failure: 'There is no such tool.' } }
  } catch (error) {
    return { id, name, outcome: { failure: error instanceof SyntaxError ? 'That is no JSON.' : String(error) } }
  }
}
