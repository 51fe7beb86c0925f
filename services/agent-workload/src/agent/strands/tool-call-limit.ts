import { type Agent, BeforeModelCallEvent, BeforeToolCallEvent } from '@strands-agents/sdk'
import { tooManyCalls } from '../agent-loop.ts'

/**
 * Prompt injection can make a model request hundreds of calls in one message. Calls beyond the limit do not reach a tool: the model gets an
 * explanation as their result. A resumed message repeats only its calls without a result, so it cannot exceed the limit either.
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
