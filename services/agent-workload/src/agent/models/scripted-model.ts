import { randomUUID } from 'node:crypto'
import type { Scripted } from '@agent-identity/provider-kit'
import { type Message, Model, type ModelStreamEvent, type StreamOptions } from '@strands-agents/sdk'
import { answer } from './scripted-answers.ts'
import { decide, type ToolCall } from './scripted-rules.ts'

/**
 * The stand-in for a language model, so that the stack runs on a laptop and its tests say the same every time. It
 * recognizes a few English sentences by rule (scripted-rules.ts) and puts tool results into words (scripted-answers.ts);
 * each provider's `scripted.ts` says which.
 * Nothing else is played: the agent loop around it, the tools it calls, their tokens and the suspended turns are the ones
 * of production, and it can no more see a token than a real model can.
 */
export class ScriptedModel extends Model {
  private readonly scripted: Scripted

  constructor(scripted: Scripted) {
    super()
    this.scripted = scripted
  }

  override getConfig() {
    return { modelId: 'scripted' }
  }

  override updateConfig(): void {}

  override async *stream(messages: Message[], options?: StreamOptions): AsyncGenerator<ModelStreamEvent> {
    const tools = new Set(options?.toolSpecs?.map(({ name }) => name))
    const last = messages.at(-1)
    const hasResults = last?.content.some(({ type }) => type === 'toolResultBlock') ?? false
    const { text, calls } = hasResults
      ? { text: answer(messages, this.scripted), calls: [] }
      : decide(textOf(last), tools, this.scripted)

    yield { type: 'modelMessageStartEvent', role: 'assistant' }
    yield* speak(text)
    for (const call of calls) yield* callTool(call)
    yield { type: 'modelMessageStopEvent', stopReason: calls.length > 0 ? 'toolUse' : 'endTurn' }
  }
}

const textOf = (message: Message | undefined): string =>
  message?.content.flatMap((block) => (block.type === 'textBlock' ? [block.text] : [])).join(' ') ?? ''

/** A few words at a time, as a model would. */
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
