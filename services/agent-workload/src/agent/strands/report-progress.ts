import type { AgentResult, AgentStreamEvent } from '@strands-agents/sdk'
import type { LoopProgress } from '../agent-loop.ts'

/** @param resumed an earlier run has already reported the waiting tools as started. */
export async function* reportProgress(
  stream: AsyncGenerator<AgentStreamEvent, AgentResult>,
  resumed: boolean,
): AsyncGenerator<LoopProgress, AgentResult> {
  const toolNames = new Map<string, string>()
  let toolsAreKnown = resumed

  for (;;) {
    const { done, value: event } = await stream.next()
    if (done) return event
    if (event.type === 'beforeModelCallEvent') {
      toolsAreKnown = false
      yield { type: 'message' }
    } else if (event.type === 'beforeToolCallEvent' && event.tool && !event.cancel) {
      toolNames.set(event.toolUse.toolUseId, event.tool.name)
      if (!toolsAreKnown) yield { type: 'tool', tool: event.tool.name, status: 'started' }
    } else if (event.type === 'toolResultEvent') {
      const tool = toolNames.get(event.result.toolUseId)
      const status = event.result.status === 'success' ? 'succeeded' : 'failed'
      if (tool) yield { type: 'tool', tool, status }
    } else if (event.type === 'modelStreamUpdateEvent' && event.event.type === 'modelContentBlockDeltaEvent') {
      const { delta } = event.event
      if (delta.type === 'textDelta' && delta.text !== '') yield { type: 'text', delta: delta.text }
    }
  }
}
