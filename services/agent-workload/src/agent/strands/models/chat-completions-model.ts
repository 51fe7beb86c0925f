import type { Message, ModelStreamEvent, StreamOptions } from '@strands-agents/sdk'
import { OpenAIModel } from '@strands-agents/sdk/models/openai'

/**
 * Ends every part of an answer before the next one begins. SDK version 1.19.0 ends all parts at the end of the message: of several tool calls only
 * the last one was made. `parallel_tool_calls: false` does not help, because compatible endpoints need not support it.
 */
export class ChatCompletionsModel extends OpenAIModel {
  override async *stream(messages: Message[], options?: StreamOptions): AsyncGenerator<ModelStreamEvent> {
    let open = false
    for await (const event of super.stream(messages, options)) {
      if (event.type === 'modelContentBlockStartEvent') {
        if (open) yield { type: 'modelContentBlockStopEvent' }
        open = true
      } else if (event.type === 'modelContentBlockStopEvent') {
        if (!open) continue
        open = false
      }
      yield event
    }
  }
}
