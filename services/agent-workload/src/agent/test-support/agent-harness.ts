import type { ResourceAccess, ResourceAccessOutcome } from '@agent-identity/authorization'
import type { AuthorizationId, ConnectionId, ProviderId, TurnId, UserRef } from '@agent-identity/contracts'
import type { Logger } from '@agent-identity/service-runtime'
import {
  createVendorSlots,
  type EffectRecords,
  NO_REVOCATION_FUNCTIONS,
  offerProviders,
  type ToolAudit,
} from '@agent-identity/tools'
import type { AgentLoop } from '../agent-loop.ts'
import { type AgentEvent, type AgentInput, createAgentRunner } from '../agent-runner.ts'
import type { MemoryStore } from '../conversation-memory.ts'
import { createModel, createStrandsLoop } from '../strands/index.ts'
import type { Permissions } from '../tools/permissions.ts'

/** So long that nothing times out on a slow machine. */
export const VENDOR_TIMEOUT_MS = 60_000
export const NOW = Date.parse('2026-11-24T10:00:00Z')
export const authorizationId = (letter: string) => letter.repeat(22) as AuthorizationId

export function plainMemory(): MemoryStore & { value: string | undefined } {
  const memory = {
    value: undefined as string | undefined,
    read: async () => memory.value,
    write: async (value: string) => {
      memory.value = value
    },
  }
  return memory
}

export function memoryEffects(): EffectRecords & { known: Map<string, string> } {
  const known = new Map<string, string>()
  return {
    known,
    async intend(id, mayHaveBegun) {
      const before = known.get(id)
      if (before !== undefined && before !== 'refused') return before === 'intended' ? before : { outcome: before }
      if (mayHaveBegun === 0) return 'beyond-limit'
      if (before === undefined && mayHaveBegun !== 'any' && known.size >= mayHaveBegun) return 'beyond-limit'
      known.set(id, 'intended')
      return 'new'
    },
    recordOutcome: async (id, outcome) => void known.set(id, outcome),
    withdraw: async (id) => void known.set(id, 'refused'),
    begun: async () => [...known].map(([id, value]) => ({ id, isRefused: value === 'refused' })),
  }
}

export function permissionsThat(settings: { effectsPerTurn?: number; askFirst?: ProviderId[] } = {}) {
  const decisions = new Map<string, Awaited<ReturnType<Permissions['decisionOn']>>>()
  const asked: Parameters<Permissions['ask']>[0][] = []
  const permissions: Permissions = {
    effectsPerTurn: settings.effectsPerTurn ?? 5,
    asksFirst: async (provider) => settings.askFirst?.includes(provider) ?? false,
    decisionOn: async (effect) => decisions.get(effect) ?? 'none',
    ask: async (calls) => void asked.push(calls),
  }
  return { ...permissions, asked, decisions }
}

type Answer = ResourceAccessOutcome | (() => Promise<ResourceAccessOutcome>)

/** Where `answers` has nothing, `tokenFor` returns `not-offered`. `account`: the vendor's name of the account at every provider. */
export function accessThat(
  answers: Partial<Record<ProviderId | `${ProviderId} rejected`, Answer>>,
  account: string | undefined = 'alice',
) {
  const asked: { provider: ProviderId; scopes: readonly string[]; rejected: boolean }[] = []
  const access: ResourceAccess = {
    async accountsAt() {
      return undefined
    },
    async connectionFor() {
      return { connection: 'connection1' as ConnectionId, name: account }
    },
    async tokenFor(provider, scopes, { rejected } = {}) {
      asked.push({ provider, scopes, rejected: rejected !== undefined })
      const answer = answers[rejected ? (`${provider} rejected` as const) : provider] ?? { outcome: 'not-offered' }
      return typeof answer === 'function' ? answer() : answer
    },
    whileConnected: (_what, call) => call(new AbortController().signal),
  }
  return { ...access, asked, answers }
}

export function collectingLog() {
  const lines: string[] = []
  const line = (...parts: unknown[]) =>
    void lines.push(
      JSON.stringify(parts, (_key, value) => (value instanceof Error ? `${value.name} ${value.message}` : value)),
    )
  return { lines, log: { debug: line, info: line, warn: line, error: line } as unknown as Logger }
}

interface Turn {
  url: string
  access: ResourceAccess
  memory: MemoryStore
  effects?: EffectRecords
  permissions?: Permissions
  toolCallsPerMessage?: number
  audit?: ToolAudit
  signal?: AbortSignal
  turnId?: TurnId
  offered?: ProviderId[]
  log?: Logger
  vendorTimeoutMs?: number
  loop?: AgentLoop
}

const SCRIPTED = { MODEL_PROVIDER: 'scripted', MODEL_TIMEOUT_MS: 2_000, AWS_REGION: 'eu-central-1' } as const

const lastTurns = new WeakMap<MemoryStore, { turnId: TurnId; message: string }>()
let turns = 0

/** @param question of a new turn, or of `turn.turnId`; without one, the last turn with this memory runs again. */
export async function* runTurn(turn: Turn, question: string | undefined): AsyncGenerator<AgentEvent> {
  const { url, access, memory, signal = new AbortController().signal } = turn
  const last = question === undefined ? lastTurns.get(memory) : undefined
  const turnId = turn.turnId ?? last?.turnId ?? (`turn-${++turns}` as TurnId)
  const message = question ?? last?.message ?? 'What can you do?'
  lastTurns.set(memory, { turnId, message })
  const switchedOn = (turn.offered ?? ['github', 'google-calendar']).map((id) => [
    id,
    { credentialProvider: id, apiUrl: url },
  ])
  const { tools } = await offerProviders(
    {
      VENDOR_TIMEOUT_MS: turn.vendorTimeoutMs ?? VENDOR_TIMEOUT_MS,
      PROVIDERS: Object.fromEntries(switchedOn),
      ASK_FIRST_PROVIDERS: [],
      IDENTITY_ARTIFACT_MODE: 'jwt',
    },
    NO_REVOCATION_FUNCTIONS,
  )
  const log = turn.log ?? collectingLog().log
  const runner = createAgentRunner({
    loop: turn.loop ?? createStrandsLoop({ model: createModel(SCRIPTED), log }),
    tools,
    vendorSlots: createVendorSlots(16),
    toolCallsPerMessage: turn.toolCallsPerMessage ?? 20,
    log,
  })
  const input: AgentInput = {
    turnId,
    message,
    askedAt: NOW,
    userName: 'Alice',
    user: 'a'.repeat(22) as UserRef,
    access,
    memory,
    effects: turn.effects ?? memoryEffects(),
    permissions: turn.permissions ?? permissionsThat(),
    audit: turn.audit ?? (() => undefined),
    signal,
  }
  yield* runner.run(input)
}

export async function outcomeOf(events: AsyncIterable<AgentEvent>) {
  const all: AgentEvent[] = []
  for await (const event of events) all.push(event)
  return {
    all,
    text: all.flatMap((event) => (event.type === 'text' ? [event.delta] : [])).join(''),
    tools: all.flatMap((event) => (event.type === 'tool' ? [`${event.tool} ${event.status}`] : [])),
    end: all.at(-1),
    ends: all.filter(({ type }) => type !== 'text' && type !== 'tool').length,
  }
}
