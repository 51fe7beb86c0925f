import type { ResourceAccess } from '@agent-identity/authorization'
import type { TurnId, UserRef } from '@agent-identity/contracts'
import { type Clock, type Logger, systemClock } from '@agent-identity/service-runtime'
import {
  createEffects,
  type EffectRecords,
  type OfferedTool,
  type ToolAudit,
  type VendorSlots,
} from '@agent-identity/tools'
import { Agent, SessionManager, type Storage } from '@strands-agents/sdk'
import type { UnconfirmedCall } from '../confirmations/confirmations.ts'
import type { AgentEvent, AgentProgress } from './agent-events.ts'
import { rememberTurn, whereToBegin } from './beginning.ts'
import { createModel, type ModelSettings } from './models/create-model.ts'
import { runAgent } from './run-agent.ts'
import { logStrandsThrough } from './strands-log.ts'
import { giveUp } from './suspension.ts'
import { systemPrompt } from './system-prompt.ts'
import { offeredTools } from './tools/index.ts'
import type { Permissions } from './tools/permissions.ts'

export type { AgentEvent } from './agent-events.ts'

export interface AgentRunner {
  /**
   * One run of one turn: from the question, or from where the turn was suspended, to its end or to the next authorization or
   * confirmation. The last event says how it ended. What the conversation has come to is written just before that one and at no other
   * time: a run that is aborted, or left by its reader, leaves the conversation as it was, and another replica starts over.
   *
   * @throws what `signal` was aborted with, and whatever `access` and `storage` throw
   */
  run(input: AgentInput): AsyncIterable<AgentEvent>
}

export interface AgentInput {
  /** Recognizes a turn that has run before: it goes on where it was suspended, and what has been answered is not asked again. */
  turnId: TurnId
  /** The question, for a run that finds nothing to go on with. */
  message: string
  userName: string
  user: UserRef
  /** For this turn's user and no other. */
  access: ResourceAccess
  /** This turn's, from all of its runs. */
  effects: EffectRecords
  permissions: Permissions
  audit: ToolAudit
  /** This conversation's. */
  storage: Storage
  signal: AbortSignal
}

interface Dependencies {
  model: ModelSettings
  /** The model hears of no others. */
  tools: readonly OfferedTool[]
  vendorSlots: VendorSlots
  toolCallsPerMessage: number
  log: Logger
  clock?: Clock
}

export function createAgentRunner({
  model: settings,
  tools: offered,
  vendorSlots,
  toolCallsPerMessage,
  log,
  clock = systemClock,
}: Dependencies): AgentRunner {
  logStrandsThrough(log)
  const model = createModel(settings)
  // Reported by the first run.
  model.catch(() => undefined)

  async function* run(input: AgentInput): AsyncGenerator<AgentEvent, void> {
    const stop = new AbortController()
    const signal = AbortSignal.any([input.signal, stop.signal])
    const ending = { signedOut: false }
    const { access, turnId, storage, permissions } = input
    const unconfirmed = new Map<string, UnconfirmedCall>()
    const onFault = (fault: unknown) => stop.abort(fault)
    const tools = offeredTools(offered, {
      access,
      effects: createEffects(turnId, input.effects, permissions, onFault),
      unconfirmed,
      vendorSlots: vendorSlots.of(input.user),
      audit: input.audit,
      clock,
      signal,
      log,
      onSignedOut: () => void Object.assign(ending, { signedOut: true }),
      onFault,
    })
    // `trigger` without a trigger: nothing is written but what is written below.
    const memory = new SessionManager({ sessionId: 'conversation', storage, saveLatestOn: 'trigger' })
    const agent = new Agent({ model: await model, tools, sessionManager: memory, printer: false })
    await agent.initialize()
    agent.systemPrompt = systemPrompt(input.userName)

    const beginning = whereToBegin(agent, input)
    if (beginning.at === 'end') {
      yield* beginning.shown
      return yield beginning.end
    }
    const progress = runAgent(agent, beginning, { signal, ending, toolCallsPerMessage, log })
    const shown: AgentProgress[] = []
    const end = yield* stoppingFirst(progress, shown, () => stop.abort())
    if (end.type === 'failed') giveUp(agent)
    rememberTurn(agent, turnId, end, shown)
    input.signal.throwIfAborted()
    await memory.saveSnapshot({ target: agent, isLatest: true })
    // All tools of the message have come to their end or to their wait: one question for what is left.
    if (end.type === 'interrupted' && unconfirmed.size > 0) await permissions.ask([...unconfirmed.values()])
    yield end
  }

  return { run }
}

/**
 * `yield*` for a reader that may leave: what the tools have under way is stopped first and waited for then.
 *
 * @param shown gets what the reader has got.
 */
async function* stoppingFirst<Event, End>(
  events: AsyncGenerator<Event, End, void>,
  shown: Event[],
  stop: () => void,
): AsyncGenerator<Event, End, void> {
  try {
    for (;;) {
      const { done, value } = await events.next()
      if (done) return value
      shown.push(value)
      yield value
    }
  } finally {
    stop()
    await events.return(undefined as never)
  }
}
