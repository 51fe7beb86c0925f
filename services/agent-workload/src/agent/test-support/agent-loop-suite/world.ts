import { startVendorStub } from '@agent-identity/provider-kit/vendor-stub'
import { loadScripted } from '@agent-identity/providers/scripted'
import { afterAll, beforeAll, beforeEach } from '@jest/globals'
import type { AgentLoop } from '../../agent-loop.ts'
import { type Reply, scriptedReply } from '../../scripted/scripted-reply.ts'
import { type accessThat, authorizationId, NOW, outcomeOf, plainMemory, runTurn } from '../agent-harness.ts'
import { workingVendors } from '../working-vendors.ts'

const TOKEN = 'vendor-secret-token'
export const CALENDAR = authorizationId('c')
export const GITHUB = authorizationId('g')
export const token = { outcome: 'token', accessToken: TOKEN } as const
export const waiting = (id: typeof CALENDAR) => ({ outcome: 'authorization-required', authorizationId: id }) as const

export type MakeLoop = (reply: Reply) => AgentLoop
export type AgentLoopWorld = ReturnType<typeof createWorld>

export function createWorld(makeLoop: MakeLoop) {
  let vendor: Awaited<ReturnType<typeof startVendorStub>>
  let scripted: Reply
  const world = {
    memory: plainMemory(),
    vendor: () => vendor,
    /** `reply` takes the place of the model. */
    run(
      access: ReturnType<typeof accessThat>,
      question?: string,
      { reply = scripted, ...more }: { reply?: Reply } & Partial<Parameters<typeof runTurn>[0]> = {},
    ) {
      const turn = { url: vendor.url, access, memory: world.memory, loop: makeLoop(reply), ...more }
      return outcomeOf(runTurn(turn, question))
    },
  }
  beforeAll(async () => {
    vendor = await startVendorStub()
    scripted = scriptedReply(await loadScripted())
  })
  afterAll(() => vendor.stop())
  beforeEach(() => {
    world.memory = plainMemory()
    vendor.answer(workingVendors(TOKEN, NOW))
  })
  return world
}
