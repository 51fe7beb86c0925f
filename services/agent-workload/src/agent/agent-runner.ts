import type { ResourceAccess } from '@agent-identity/authorization'
import type { TurnId, UserRef } from '@agent-identity/contracts'
import type { Logger } from '@agent-identity/service-runtime'
import {
  createEffects,
  type EffectRecords,
  type LeftByRuns,
  type OfferedTool,
  type ToolAudit,
  type VendorSlots,
} from '@agent-identity/tools'
import { type AgentEnd, type AgentEvent, failed } from './agent-events.ts'
import type { AgentLoop, LoopEnd } from './agent-loop.ts'
import { type MemoryStore, memoryOf, readMemory, whereToBegin } from './conversation-memory.ts'
import { systemPrompt } from './system-prompt.ts'
import { tellProgress } from './tell-progress.ts'
import { agentTool } from './tools/agent-tool.ts'
import type { Permissions } from './tools/permissions.ts'
import type { RunWaits, ToolRun } from './tools/tool-run.ts'

export type { AgentEvent } from './agent-events.ts'

export interface AgentRunner {
  /**
   * A run that is aborted while it still has progress to send leaves the conversation's memory unchanged.
   *
   * @throws what `signal` was aborted with, and whatever `access`, `memory`, `effects` and `permissions` throw
   */
  run(input: AgentInput): AsyncIterable<AgentEvent>
}

export interface AgentInput {
  turnId: TurnId
  message: string
  /** Unix time in milliseconds; the same in every run of the turn. */
  askedAt: number
  userName: string
  user: UserRef
  access: ResourceAccess
  /** Of this turn, across its runs. */
  effects: EffectRecords
  permissions: Permissions
  audit: ToolAudit
  /** Of this conversation. */
  memory: MemoryStore
  signal: AbortSignal
}

interface Dependencies {
  loop: AgentLoop
  tools: readonly OfferedTool[]
  vendorSlots: VendorSlots
  toolCallsPerMessage: number
  log: Logger
}

export function createAgentRunner(dependencies: Dependencies): AgentRunner {
  const { loop, toolCallsPerMessage, log } = dependencies

  async function* run(input: AgentInput): AsyncGenerator<AgentEvent, void> {
    const { turnId, message, memory } = input
    const [before, begun] = await Promise.all([readMemory(memory), perhapsMade(input.effects)])
    const beginning = whereToBegin(before, turnId)
    if (beginning.at === 'end') {
      yield* beginning.shown
      return yield beginning.end
    }
    const left = leftBy(beginning.at === 'where-it-waited' ? before : { effects: [], asked: [] }, begun)
    const unknownBefore = [...left.unknown]

    const stop = new AbortController()
    const signal = AbortSignal.any([input.signal, stop.signal])
    const told = { shown: [], hasSpoken: beginning.at === 'where-it-waited' && before.hasSpoken }
    const { tools, waits, cameTo } = await toolsOfRun(input, left, dependencies, signal, stop)
    const progress = loop.run({
      begins: beginning.at,
      message,
      systemPrompt: systemPrompt(input.userName, left.unknown.size > 0),
      tools,
      toolCallsPerMessage,
      state: before.state,
      signal,
      signedOut: () => cameTo.signedOut,
    })
    const throwIfStopped = () => {
      if (cameTo.fault) throw cameTo.fault.reason
      input.signal.throwIfAborted()
    }
    let ended: LoopEnd
    try {
      ended = yield* tellProgress(progress, told, () => stop.abort())
    } catch (err) {
      ended = { type: 'failed', code: 'turn_failed', cause: err, state: before.state }
    }
    throwIfStopped()
    if (ended.type === 'failed') log.error({ err: ended.cause }, 'the agent failed')
    const end = cameTo.signedOut ? failed('signed_out') : endOf(ended, waits)
    const { unconfirmed } = waits
    const whileItWaits = end.type === 'interrupted' && {
      // While a question is open, a change of unknown outcome stays unknown: the next run, too, must ask before each other change.
      effects: (await perhapsMade(input.effects)).filter(
        (effect) => !left.unknown.has(effect) && !(unconfirmed.size > 0 && unknownBefore.includes(effect)),
      ),
      asked: [...left.asked],
    }
    await memory.write(memoryOf(turnId, end, { ...told, ...whileItWaits, state: ended.state }))
    if (end.type === 'interrupted' && unconfirmed.size > 0) await input.permissions.ask([...unconfirmed.values()])
    yield end
  }

  return { run }
}

async function toolsOfRun(
  input: AgentInput,
  left: LeftByRuns,
  dependencies: Dependencies,
  signal: AbortSignal,
  stop: AbortController,
) {
  const { vendorSlots, log } = dependencies
  const waits: RunWaits = { authorizations: new Set(), unconfirmed: new Map() }
  const cameTo: { signedOut: boolean; fault?: { reason: unknown } } = { signedOut: false }
  const onFault = (reason: unknown) => {
    cameTo.fault ??= { reason }
    stop.abort(reason)
  }
  const run: ToolRun = {
    access: input.access,
    effects: createEffects(input.turnId, input.effects, input.permissions, onFault, left),
    waits,
    vendorSlots: vendorSlots.of(input.user),
    audit: input.audit,
    askedAt: input.askedAt,
    signal,
    log,
    onSignedOut: () => {
      cameTo.signedOut = true
    },
    onFault,
  }
  const providers = [...new Set(dependencies.tools.map(({ provider }) => provider.id))]
  const accounts = new Map(
    await Promise.all(providers.map(async (id) => [id, await input.access.accountsAt(id)] as const)),
  )
  const tools = dependencies.tools.map((tool) => agentTool(tool, run, accounts.get(tool.provider.id)))
  return { tools, waits, cameTo }
}

const leftBy = (
  { effects, asked }: Pick<Awaited<ReturnType<typeof readMemory>>, 'effects' | 'asked'>,
  begun: readonly string[],
): LeftByRuns => ({
  unknown: new Set(begun.filter((effect) => !effects.includes(effect))),
  asked: new Set(asked),
})

const perhapsMade = async (effects: EffectRecords) =>
  (await effects.begun()).flatMap(({ id, isRefused }) => (isRefused ? [] : [id]))

function endOf(ended: LoopEnd, { authorizations, unconfirmed }: RunWaits): AgentEnd {
  if (ended.type !== 'waits') return ended.type === 'done' ? { type: 'done' } : failed(ended.code)
  // Nothing would resume a turn that waits for nothing.
  if (authorizations.size + unconfirmed.size === 0) return failed('turn_failed')
  const effects = [...unconfirmed.keys()]
  return { type: 'interrupted', authorizationIds: [...authorizations], ...(effects.length > 0 && { effects }) }
}
