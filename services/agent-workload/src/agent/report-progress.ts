import type { AgentResult, AgentStreamEvent } from '@strands-agents/sdk'
import type { AgentProgress } from './agent-events.ts'
import type { Suspension } from './suspension.ts'

/**
 * Strands' stream in our words: what the model says, and which tools begin and end.
 *
 * @param resumed what the run goes on from: its tools have been reported as started, and run again from their top.
 */
export async function* reportProgress(
  stream: AsyncGenerator<AgentStreamEvent, AgentResult>,
  resumed: Suspension | undefined,
): AsyncGenerator<AgentProgress, AgentResult> {
  const toolNames = new Map<string, string>()
  let toolsAreKnown = resumed !== undefined
  let hasSpoken = resumed?.hasSpoken ?? false
  let isNewMessage = true

  for (;;) {
    const { done, value: event } = await stream.next()
    if (done) return event
    if (event.type === 'beforeModelCallEvent') {
      toolsAreKnown = false
      isNewMessage = true
    } else if (event.type === 'beforeToolCallEvent' && event.tool && !event.cancel) {
      toolNames.set(event.toolUse.toolUseId, event.tool.name)
      if (!toolsAreKnown) yield { type: 'tool', tool: event.tool.name, status: 'started' }
    } else if (event.type === 'toolResultEvent') {
      const tool = toolNames.get(event.result.toolUseId)
      const status = event.result.status === 'success' ? 'succeeded' : 'failed'
      if (tool) yield { type: 'tool', tool, status }
    } else if (event.type === 'modelStreamUpdateEvent' && event.event.type === 'modelContentBlockDeltaEvent') {
      const { delta } = event.event
      if (delta.type !== 'textDelta' || delta.text === '') continue
      // The page joins what it gets: two messages of one turn are two paragraphs.
      yield { type: 'text', delta: isNewMessage && hasSpoken ? `\n\n${delta.text}` : delta.text }
      isNewMessage = false
      hasSpoken = true
    }
  }
}
