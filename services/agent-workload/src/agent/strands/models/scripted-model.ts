import { randomUUID } from 'node:crypto'
import {
  type Message,
  Model,
  type ModelStreamEvent,
  type StreamOptions,
  type ToolResultBlock,
} from '@strands-agents/sdk'
import type { ToolResult } from '../../scripted/scripted-answers.ts'
import type { Reply } from '../../scripted/scripted-reply.ts'
import type { ToolCall } from '../../scripted/scripted-rules.ts'

export class ScriptedModel extends Model {
  private readonly reply: Reply

  constructor(reply: Reply) {
    super()
    this.reply = reply
  }

  override getConfig() {
    return { modelId: 'scripted' }
  }

  override updateConfig(): void {}

  override async *stream(messages: Message[], options?: StreamOptions): AsyncGenerator<ModelStreamEvent> {
    const tools = new Set(options?.toolSpecs?.map(({ name }) => name))
    const results = lastResults(messages)
    const last = results.length > 0 ? { results } : { question: textOf(messages.at(-1)) }
    const { text, calls } = this.reply(last, tools)

    yield { type: 'modelMessageStartEvent', role: 'assistant' }
    yield* speak(text)
    for (const call of calls) yield* callTool(call)
    yield { type: 'modelMessageStopEvent', stopReason: calls.length > 0 ? 'toolUse' : 'endTurn' }
  }
}

const textOf = (message: Message | undefined): string =>
  message?.content.flatMap((block) => (block.type === 'textBlock' ? [block.text] : [])).join(' ') ?? ''

function lastResults(messages: readonly Message[]): ToolResult[] {
  const blocks = messages.flatMap(({ content }) => content)
  const names = new Map(
    blocks.flatMap((block) => (block.type === 'toolUseBlock' ? [[block.toolUseId, block.name] as const] : [])),
  )
  const results = messages.at(-1)?.content.filter((block) => block.type === 'toolResultBlock') ?? []
  return results.map((block) => ({ tool: names.get(block.toolUseId) ?? '', ...outcomeOf(block) }))
}

function outcomeOf({ status, content: [first] }: ToolResultBlock): { result: unknown } | { failure: string } {
  if (status !== 'error') return { result: first?.type === 'jsonBlock' ? first.json : undefined }
  return { failure: first?.type === 'textBlock' ? first.text.replace(/^Error: /, '') : 'That did not work.' }
}

function* speak(text: string): Generator<ModelStreamEvent> {
  yield { type: 'modelContentBlockStartEvent' }
  for (const delta of text.match(/(?:\S+\s*){1,3}/g) ?? [])
    yield { type: 'modelContentBlockDeltaEvent', delta: { type: 'textDelta', text: delta } }
  yield { type: 'modelContentBlockStopEvent' }
}

function* callTool({ name, input }: ToolCall): Generator<ModelStreamEvent> {
  yield { type: 'modelContentBlockStartEvent', start: { type: 'toolUseStart', name, toolUseId: randomUUID() } }
  yield {
    type: 'modelContentBlockDeltaEvent',
    delta: { type: 'toolUseInputDelta', input: JSON.stringify(input) },
  }
  yield { type: 'modelContentBlockStopEvent' }
}
