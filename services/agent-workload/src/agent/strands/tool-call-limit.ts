import { type Agent, BeforeModelCallEvent, BeforeToolCallEvent } from '@strands-agents/sdk'
import { tooManyCalls } from '../agent-loop.ts'

/** Prompt injection can make a model request hundreds of calls in one message. */
export function limitToolCalls(agent: Agent, perMessage: number): void {
  let calls = 0
  agent.addHook(BeforeModelCallEvent, () => {
    calls = 0
  })
  agent.addHook(BeforeToolCallEvent, (event) => {
    if (++calls > perMessage) event.cancel = tooManyCalls(perMessage)
  })
}
