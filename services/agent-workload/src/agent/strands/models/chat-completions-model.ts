import type { Message, ModelStreamEvent, StreamOptions } from '@strands-agents/sdk'
import { OpenAIModel } from '@strands-agents/sdk/models/openai'

/**
 * The SDK's model for Chat Completions, with every part of an answer ended before the next one begins. As of 1.19.0 it ends
 * them all at the end of the message: of several tool calls the last one was made and the others were lost without a word,
 * and so was what the model had said before them. `parallel_tool_calls: false` is no way out, as compatible endpoints are
 * free not to know it.
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
