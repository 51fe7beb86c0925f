import { VendorError } from '@agent-identity/provider-kit'
import { ConfirmationNeeded, createEffects, ToolFailure } from '@agent-identity/tools'
import { describe, expect, it } from '@jest/globals'
import { memoryEffects, permissionsThat } from '../test-support/agent-harness.ts'

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
    expect(await effects.once(effect('other'), act)).toEqual({ done: true })
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
