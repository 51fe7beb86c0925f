import type { TurnErrorCode } from '@agent-identity/contracts'
import type { Logger } from '@agent-identity/service-runtime'
import {
  AfterToolsEvent,
  Agent,
  type AgentResult,
  ContextWindowOverflowError,
  DefaultModelRetryStrategy,
  MaxTokensError,
  type Model,
  ModelError,
  type Snapshot,
} from '@strands-agents/sdk'
import {
  type AgentLoop,
  type LoopOutcome,
  type LoopProgress,
  type LoopTurn,
  MODEL_CALLS_PER_RUN,
} from '../agent-loop.ts'
import { reportProgress } from './report-progress.ts'
import { logStrandsThrough } from './strands-log.ts'
import { strandsTool } from './strands-tool.ts'
import { answerAll, endSuspension, suspensionOf } from './suspension.ts'
import { limitToolCalls } from './tool-call-limit.ts'

/** A throttled call has two pauses, of up to 4 s and 8 s. With the default of Strands the user waits for up to two minutes. */
const MODEL_ATTEMPTS = 3

export function createStrandsLoop({ model, log }: { model: Promise<Model>; log: Logger }): AgentLoop {
  logStrandsThrough(log)
  model.catch(() => undefined)

  return {
    async *run(turn) {
      const agent = new Agent({
        model: await model,
        tools: turn.tools.map(strandsTool),
        retryStrategy: new DefaultModelRetryStrategy({ maxAttempts: MODEL_ATTEMPTS }),
        printer: false,
      })
      if (turn.state !== undefined) agent.loadSnapshot(turn.state as Snapshot)
      agent.systemPrompt = turn.systemPrompt
      const end = yield* runAgent(agent, turn)
      return { ...end, state: agent.takeSnapshot({ preset: 'session' }) }
    },
  }
}

async function* runAgent(agent: Agent, turn: LoopTurn): AsyncGenerator<LoopProgress, LoopOutcome, void> {
  const { signal } = turn
  agent.addHook(AfterToolsEvent, (event) => {
    if (turn.signedOut()) event.endTurn = 'The user signed out before this was done.'
  })
  limitToolCalls(agent, turn.toolCallsPerMessage)
  const suspension = turn.begins === 'where-it-waited' ? suspensionOf(agent) : undefined
  // Otherwise an earlier turn that was abandoned while it waited would block the conversation.
  if (!suspension) endSuspension(agent)
  const input = suspension ? answerAll(suspension) : turn.message
  try {
    const stream = agent.stream(input, { cancelSignal: signal, limits: { turns: MODEL_CALLS_PER_RUN } })
    const result = yield* reportProgress(stream, suspension !== undefined)
    signal.throwIfAborted()
    return endOf(result)
  } catch (cause) {
    signal.throwIfAborted()
    return { type: 'failed', code: errorCodeOf(cause), cause }
  }
}

function endOf({ stopReason }: AgentResult): LoopOutcome {
  if (stopReason === 'interrupt') return { type: 'waits' }
  return stopReason.startsWith('limit') ? { type: 'failed', code: 'turn_failed' } : { type: 'done' }
}

/** A conversation or an answer that is too long is no outage of the model. */
function errorCodeOf(error: unknown): TurnErrorCode {
  if (error instanceof ContextWindowOverflowError || error instanceof MaxTokensError) return 'turn_failed'
  return error instanceof ModelError ? 'model_unavailable' : 'turn_failed'
}
