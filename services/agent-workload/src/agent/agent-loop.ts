import type { AuthorizationId, TurnErrorCode } from '@agent-identity/contracts'
import type { z } from 'zod'
import type { AgentProgress } from './agent-events.ts'

/**
 * What asks the model and calls the tools: Strands here (strands/), or a loop of your own (docs/your-agent.md). It knows no
 * user, no token, no Redis and no HTTP. What it promises is a suite that any loop can be held to: test-support/describe-agent-loop.ts.
 */
export interface AgentLoop {
  /**
   * One run of one turn, to its end or to the first message of the model that has a tool wait.
   *
   * @throws what `signal` was aborted with. Anything else that it throws ends the turn as failed, and leaves the state as it was.
   */
  run(turn: LoopTurn): AsyncGenerator<LoopProgress, LoopEnd, void>
}

export interface LoopTurn {
  /**
   * `with-question`: `message` comes after all that `state` holds; calls that wait in there are given up.
   * `where-it-waited`: every call that has no result is made again. It may have to go on waiting.
   */
  begins: 'with-question' | 'where-it-waited'
  message: string
  systemPrompt: string
  /** Those that the user may have; the model hears of no others. */
  tools: readonly AgentTool[]
  /** Of one message of the model. For the calls beyond it, the model gets `tooManyCalls` in the place of a result. */
  toolCallsPerMessage: number
  /** What a run of this conversation returned last: JSON. */
  state: unknown
  signal: AbortSignal
  /** The user is gone: the model is asked nothing more. To be looked at after the tools of a message. */
  signedOut(): boolean
}

/** `message`: the model begins to answer. */
export type LoopProgress = AgentProgress | { type: 'message' }

/** `waits`: a tool waits, and all others of the same message have come to their end. `cause` is for the log. */
export type LoopOutcome =
  | { type: 'done' }
  | { type: 'waits' }
  | { type: 'failed'; code: TurnErrorCode; cause?: unknown }

/** `state` is JSON. It is kept sealed, and given to the next run of this conversation. */
export type LoopEnd = LoopOutcome & { state: unknown }

export interface AgentTool {
  name: string
  description: string
  inputSchema: z.ZodType
  /**
   * @param input as the model says it; checked here.
   * @throws ToolFailure, whose message is for the model; nothing else
   */
  call(input: unknown): Promise<ToolOutcome>
}

/** `waitsFor`: the turn has to wait, and this call is made again when it goes on. */
export type ToolOutcome = { result: Record<string, unknown> } | { waitsFor: WaitsFor }

/** Until the user has consented; until the user has answered what this change asks for. */
export type WaitsFor = { authorizationId: AuthorizationId } | { effect: string }

/** Model calls of one run: a model that goes round in circles is stopped. */
export const MODEL_CALLS_PER_RUN = 10

export const tooManyCalls = (perMessage: number) =>
  `This was not done: at most ${perMessage} tools are called at a time.`
