import type { TurnErrorCode } from '@agent-identity/contracts'
import type { Logger } from '@agent-identity/service-runtime'
import {
  AfterToolsEvent,
  type Agent,
  type AgentResult,
  ContextWindowOverflowError,
  MaxTokensError,
  ModelError,
} from '@strands-agents/sdk'
import { type AgentEnd, type AgentProgress, failed } from './agent-events.ts'
import type { Beginning } from './beginning.ts'
import { reportProgress } from './report-progress.ts'
import { answerAll, awaited, giveUp } from './suspension.ts'
import { limitToolCalls } from './tool-call-limit.ts'

/** Model calls of one run: a model that goes round in circles is stopped. */
const MODEL_CALLS_PER_RUN = 10

/** The agent loop, from its beginning to an end in our words. @throws what `signal` was aborted with */
export async function* runAgent(
  agent: Agent,
  beginning: Exclude<Beginning, { at: 'end' }>,
  run: { signal: AbortSignal; ending: { signedOut: boolean }; toolCallsPerMessage: number; log: Logger },
): AsyncGenerator<AgentProgress, AgentEnd, void> {
  const { signal, ending, log } = run
  // The model is not asked once more: nobody is there to read the answer.
  agent.addHook(AfterToolsEvent, (event) => {
    if (ending.signedOut) event.endTurn = 'The user signed out before this was done.'
  })
  limitToolCalls(agent, run.toolCallsPerMessage)
  // A turn that was given up while it waited (its user signed out) would bar the conversation for good.
  if (beginning.at === 'question') giveUp(agent)
  const input = beginning.at === 'question' ? beginning.message : answerAll(beginning.suspension)
  try {
    const stream = agent.stream(input, { cancelSignal: signal, limits: { turns: MODEL_CALLS_PER_RUN } })
    const result = yield* reportProgress(stream, beginning.at === 'suspension' ? beginning.suspension : undefined)
    signal.throwIfAborted()
    return ending.signedOut ? failed('signed_out') : endOf(result)
  } catch (err) {
    signal.throwIfAborted()
    log.error({ err }, 'the agent failed')
    return failed(errorCodeOf(err))
  }
}

function endOf(result: AgentResult): AgentEnd {
  if (result.stopReason === 'interrupt') {
    const { authorizationIds, effects } = awaited(result.interrupts ?? [])
    if (authorizationIds.length + effects.length === 0) return failed('turn_failed')
    return { type: 'interrupted', authorizationIds, ...(effects.length > 0 && { effects }) }
  }
  return result.stopReason.startsWith('limit') ? failed('turn_failed') : { type: 'done' }
}

/** A conversation or an answer that is too long is no outage: the next question may well be answered. */
function errorCodeOf(error: unknown): TurnErrorCode {
  if (error instanceof ContextWindowOverflowError || error instanceof MaxTokensError) return 'turn_failed'
  return error instanceof ModelError ? 'model_unavailable' : 'turn_failed'
}
