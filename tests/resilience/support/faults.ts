import { setTimeout as pause } from 'node:timers/promises'
import { emulatorOf, type Stack } from '../../support/stack.ts'
import { failVendor } from '../../support/vendors.ts'
import { type Chance, createChance } from './chance.ts'
import type { replicasOf } from './replicas.ts'

/** A fault that returns `none` did not happen. */
type Faults = Readonly<Record<string, () => Promise<unknown>>>

/** The shortest and the longest, in milliseconds. */
type Pause = readonly [number, number]

const OPERATIONS = ['GetWorkloadAccessTokenForJWT', 'GetResourceOauth2Token', 'CompleteResourceTokenAuth'] as const

/**
 * @param seed decides, for each of the three kinds, which faults happen in which order, and the pauses
 * @param others further faults, one at a time
 * @param pauses between two deaths, and between two failures
 * @returns how often each fault was injected
 */
export async function injectFaults(
  stack: Stack,
  replicas: ReturnType<typeof replicasOf>,
  seed: number,
  stop: AbortSignal,
  others: Faults = {},
  pauses: { deaths: Pause; failures: Pause } = { deaths: [100, 500], failures: [100, 500] },
): Promise<Record<string, number>> {
  const emulator = emulatorOf(stack)
  const injected: Record<string, number> = {}
  // A chance for each kind: with one for all, the time that one kind takes would change the choices of the others.
  const [ofDeaths, ofFailures, ofOthers] = [createChance(seed), createChance(seed + 1), createChance(seed + 2)]
  const replica = async (signal: NodeJS.Signals) => {
    const service = ofDeaths.one(['agent-workload', 'agent-workload', 'session-binding'] as const)
    const n = ofDeaths.one([0, 1] as const)
    await replicas.end(service, n, signal)
    await replicas.begin(service, n)
  }
  const { one, between } = ofFailures
  const agentcore = (fault: { status?: number; delayMs?: number; dropReply?: boolean }) =>
    emulator.fault({ operation: one(OPERATIONS), times: between(1, 3), ...fault }).catch(unlessFull)
  const vendor = (fault: { status?: number; delayMs?: number }) =>
    failVendor(stack, one(['github', 'google-calendar'] as const), { ...fault, times: between(1, 3) })

  const deaths: Faults = {
    'SIGKILL of a replica': () => replica('SIGKILL'),
    'SIGTERM of a replica': () => replica('SIGTERM'),
  }
  const failures: Faults = {
    'AgentCore 500': () => agentcore({ status: 500 }),
    'AgentCore 429': () => agentcore({ status: 429 }),
    'AgentCore slow': () => agentcore({ delayMs: between(500, 2_500) }),
    'AgentCore loses a reply': () => agentcore({ dropReply: true }),
    'vendor slow': () => vendor({ delayMs: between(300, 1_500) }),
    'vendor slower than the timeout': () => vendor({ delayMs: 4_000 }),
    'vendor 500': () => vendor({ status: 500 }),
  }
  async function inject(faults: Faults, [shortest, longest]: Pause, chance: Chance): Promise<void> {
    while (!stop.aborted && Object.keys(faults).length > 0) {
      const name = chance.one(Object.keys(faults))
      if ((await faults[name]?.()) !== 'none') injected[name] = (injected[name] ?? 0) + 1
      await pause(chance.between(shortest, longest))
    }
  }
  await Promise.all([
    inject(deaths, pauses.deaths, ofDeaths),
    inject(failures, pauses.failures, ofFailures),
    inject(others, [2_000, 6_000], ofOthers),
  ])
  return injected
}

function unlessFull(error: unknown): 'none' {
  if (error instanceof Error && error.message.includes('At most 100 faults can be planned')) return 'none'
  throw error
}
