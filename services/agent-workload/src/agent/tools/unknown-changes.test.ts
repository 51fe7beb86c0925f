import type { TurnId } from '@agent-identity/contracts'
import { VendorError } from '@agent-identity/provider-kit'
import { startVendorStub } from '@agent-identity/provider-kit/vendor-stub'
import { ConfirmationNeeded, createEffects, ToolFailure } from '@agent-identity/tools'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { AgentLoop } from '../agent-loop.ts'
import {
  accessThat,
  memoryEffects,
  NOW,
  outcomeOf,
  permissionsThat,
  plainMemory,
  runTurn,
} from '../test-support/agent-harness.ts'
import { workingVendors } from '../test-support/working-vendors.ts'

const died = new Error('the process died')

describe('a change whose outcome the model does not know', () => {
  const permissions = permissionsThat()
  const effect = (id: string) => ({ id, provider: 'github' as const, asksFirst: false, repeatable: false })
  const act = async () => ({ done: true })
  const effectsThat = (records: ReturnType<typeof memoryEffects>, unknown = new Set<string>()) =>
    createEffects('turn', records, permissions, () => undefined, { unknown, asked: new Set() })
  const madeBefore = async () => {
    const records = memoryEffects()
    await effectsThat(records).once(effect('before'), act)
    return records
  }

  it('makes the user confirm each other change, until the model has got the outcome', async () => {
    const effects = effectsThat(await madeBefore(), new Set(['before']))
    await expect(effects.once(effect('other'), act)).rejects.toThrow(ConfirmationNeeded)
    expect(await effects.once(effect('before'), () => Promise.reject(died))).toEqual({ done: true })
    expect(await effects.once(effect('third'), act)).toEqual({ done: true })
    // The user was asked about this change, and has not answered.
    await expect(effects.once(effect('other'), act)).rejects.toThrow(ConfirmationNeeded)
  })

  it('is known when the model has got the outcome in spite of a failure', async () => {
    const effects = effectsThat(await madeBefore(), new Set(['before']))
    expect(await effects.outcomeDespite(new ToolFailure('no access'), 'before')).toEqual({ done: true })
    expect(await effects.once(effect('other'), act)).toEqual({ done: true })
  })

  it('stays unknown when no run has recorded an outcome, or the vendor does not answer', async () => {
    const records = memoryEffects()
    await records.intend('before', 'any')
    const effects = effectsThat(records, new Set(['before']))
    await expect(effects.once(effect('before'), act)).rejects.toThrow('not known whether')
    await expect(effects.outcomeDespite(new ToolFailure('no access'), 'before')).rejects.toThrow('not known whether')
    await expect(effects.once(effect('other'), act)).rejects.toThrow(ConfirmationNeeded)

    const unanswered = effectsThat(memoryEffects())
    await expect(unanswered.once(effect('before'), () => Promise.reject(died))).rejects.toBe(died)
    await expect(unanswered.once(effect('other'), act)).rejects.toThrow(ConfirmationNeeded)
  })

  it('is none that was refused', async () => {
    const effects = effectsThat(memoryEffects())
    const refused = new VendorError('not-found')
    await expect(effects.once(effect('before'), () => Promise.reject(refused))).rejects.toBe(refused)
    expect(await effects.once(effect('other'), act)).toEqual({ done: true })
  })
})

describe('a change that its user has declined', () => {
  let vendor: Awaited<ReturnType<typeof startVendorStub>>
  beforeAll(async () => {
    vendor = await startVendorStub()
  })
  afterAll(() => vendor.stop())

  const issue = ['open_issue', { repository: 'alice/notes', title: 'Typo' }] as const
  const lunch = (title: string) => ['add_calendar_event', { title, startTime: '12:30' }] as const
  type Call = typeof issue | ReturnType<typeof lunch>

  const calling = (...calls: Call[]): AgentLoop => ({
    async *run({ tools }) {
      let waits = false
      for (const [name, input] of calls) {
        const outcome = await tools
          .find((tool) => tool.name === name)
          ?.call(input)
          .catch(() => undefined)
        if (outcome && 'waitsFor' in outcome) waits = true
      }
      return { type: waits ? 'waits' : 'done', state: {} }
    },
  })

  it('is not made in other words when the outcome of the unknown one is known by then', async () => {
    const token = { outcome: 'token', accessToken: 'vendor-secret-token' } as const
    vendor.answer(workingVendors(token.accessToken, NOW))
    const permissions = permissionsThat()
    const turn = {
      ...{ url: vendor.url, access: accessThat({ github: token, 'google-calendar': token }), permissions },
      ...{ effects: memoryEffects(), turnId: 'declined' as TurnId },
    }
    // As after a kill: the memory of the first run is lost.
    await outcomeOf(runTurn({ ...turn, memory: plainMemory(), loop: calling(issue) }, 'Do it'))
    const memory = plainMemory()
    const { end } = await outcomeOf(runTurn({ ...turn, memory, loop: calling(lunch('Lunch'), issue) }, 'Do it'))
    expect(end?.type).toBe('interrupted')
    permissions.decisionOn = async () => 'declined'
    await outcomeOf(runTurn({ ...turn, memory, loop: calling(lunch('Lunch'), lunch('Luncheon')) }, 'Do it'))
    expect(vendor.calls.filter(({ method }) => method === 'POST').map(({ path }) => path)).toEqual([
      '/repos/alice/notes/issues',
    ])
  })
})
