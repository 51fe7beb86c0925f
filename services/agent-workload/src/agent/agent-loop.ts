import type { AuthorizationId, TurnErrorCode } from '@agent-identity/contracts'
import type { z } from 'zod'
import type { AgentProgress } from './agent-events.ts'

/** Calls the model and the tools. It is given no access token. How to write your own: docs/your-agent.md. */
export interface AgentLoop {
  /**
   * One run of one turn, to its end or to the first message of the model with a tool that has to wait.
   *
   * @throws what `signal` was aborted with. Anything else ends the turn as failed, and leaves the loop's state as it was.
   */
  run(turn: LoopTurn): AsyncGenerator<LoopProgress, LoopEnd, void>
}

export interface LoopTurn {
  /**
   * `with-question`: `message` follows everything in `state`, where waiting calls are dropped.
   * `where-it-waited`: every call without a result is made again.
   */
  begins: 'with-question' | 'where-it-waited'
  message: string
  systemPrompt: string
  tools: readonly AgentTool[]
  /** The limit for one message of the model. A call beyond the limit gets `tooManyCalls` as its result. */
  toolCallsPerMessage: number
  /** JSON that an earlier run of this conversation returned; undefined when there is none. */
  state: unknown
  signal: AbortSignal
  /** To be checked after the tools of a message: if true, the model must not be called again. */
  signedOut(): boolean
}

/** `message`: the model begins a new message. */
export type LoopProgress = AgentProgress | { type: 'message' }

/** `waits`: at least one tool waits, and the others of the same message have ended. */
export type LoopOutcome =
  | { type: 'done' }
  | { type: 'waits' }
  | { type: 'failed'; code: TurnErrorCode; cause?: unknown }

/** `state` is JSON, for the next run of this conversation. */
export type LoopEnd = LoopOutcome & { state: unknown }

export interface AgentTool {
  name: string
  description: string
  inputSchema: z.ZodType
  /** Validates its input. @throws ToolFailure, whose message is for the model; nothing else */
  call(input: unknown): Promise<ToolOutcome>
}

/** `waitsFor`: this call is made again when the turn is resumed. */
export type ToolOutcome = { result: Record<string, unknown> } | { waitsFor: WaitsFor }

export type WaitsFor = { authorizationId: AuthorizationId } | { effect: string }

/** Against endless loops of the model. */
export const MODEL_CALLS_PER_RUN = 10

export const tooManyCalls = (perMessage: number) =>
  `This was not done: at most ${perMessage} tools are called at a time.`
