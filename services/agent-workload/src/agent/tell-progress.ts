import type { AgentProgress } from './agent-events.ts'
import type { LoopEnd, LoopProgress } from './agent-loop.ts'

/**
 * The page joins text events, so a second message of the model begins with a new paragraph. When the consumer stops iterating, running tools are
 * aborted, and the loop is ended.
 *
 * @param told collects the sent events.
 */
export async function* tellProgress(
  progress: AsyncGenerator<LoopProgress, LoopEnd, void>,
  told: { shown: AgentProgress[]; hasSpoken: boolean },
  stop: () => void,
): AsyncGenerator<AgentProgress, LoopEnd, void> {
  let isNewMessage = true
  try {
    for (;;) {
      const { done, value } = await progress.next()
      if (done) return value
      if (value.type === 'message') isNewMessage = true
      else if (value.type !== 'text' || value.delta !== '') {
        const event = value.type === 'text' && isNewMessage && told.hasSpoken ? paragraph(value) : value
        if (event.type === 'text') {
          isNewMessage = false
          told.hasSpoken = true
        }
        told.shown.push(event)
        yield event
      }
    }
  } finally {
    stop()
    await progress.return(undefined as never)
  }
}

const paragraph = ({ type, delta }: Extract<AgentProgress, { type: 'text' }>) => ({ type, delta: `\n\n${delta}` })
