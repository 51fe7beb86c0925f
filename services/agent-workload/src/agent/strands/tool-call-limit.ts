import { type Agent, BeforeModelCallEvent, BeforeToolCallEvent } from '@strands-agents/sdk'
import { tooManyCalls } from '../agent-loop.ts'

/**
 * A model that was talked into it can ask for hundreds of calls in one message. Those beyond the limit never reach a tool: the
 * model is told so in their place. A resumed message has only its calls without a result run again, so it cannot exceed it either.
 */
export function limitToolCalls(agent: Agent, perMessage: number): void {
  let calls = 0
  agent.addHook(BeforeModelCallEvent, () => {
    calls = 0
  })
  agent.addHook(BeforeToolCallEvent, (event) => {
    if (++calls > perMessage) event.cancel = tooManyCalls(perMessage)
  })
}
