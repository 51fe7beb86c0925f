import { agentcoreCallsPerTurn } from './agentcore-calls-per-turn.ts'
import { agentcoreCallsWhileWaiting } from './agentcore-calls-while-waiting.ts'
import { authenticatedRequest } from './authenticated-request/authenticated-request.ts'
import { coldStart } from './cold-start/cold-start.ts'
import { consentToResume } from './consent-to-resume.ts'
import { emulator } from './emulator/emulator.ts'
import { mcpToolCall } from './mcp-tool-call.ts'
import type { Benchmark } from './report/benchmark.ts'
import { scale } from './scale/scale.ts'
import { returnUnderGarbage } from './session-binding/return-under-garbage.ts'
import { sessionBinding } from './session-binding/session-binding.ts'
import { turnBesideGreedyUser } from './turn/beside-greedy-user.ts'
import { turn } from './turn/turn.ts'
import { waitingTurns } from './waiting-turns/waiting-turns.ts'

/** In the order of the table. */
export const BENCHMARKS: readonly Benchmark[] = [
  consentToResume,
  agentcoreCallsPerTurn,
  agentcoreCallsWhileWaiting,
  sessionBinding,
  returnUnderGarbage,
  authenticatedRequest,
  turn,
  turnBesideGreedyUser,
  mcpToolCall,
  waitingTurns,
  coldStart,
  emulator,
  scale,
]
