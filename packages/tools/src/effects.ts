import { createHash } from 'node:crypto'
import type { ProviderId } from '@agent-identity/contracts'
import { VendorError } from '@agent-identity/provider-kit'
import { ConfirmationNeeded, type EffectPermissions } from './permissions.ts'
import { ToolFailure, UNKNOWN_OUTCOME } from './tool-failure.ts'

/** What a turn has done at vendors or set out to do, over all of its runs and replicas. */
export interface EffectRecords {
  /**
   * Writes down that it is about to be done, or says what is written already: `intended` by a run that has died, most likely.
   *
   * @param mayHaveBegun how many others the turn may have begun before it; with more it is `beyond-limit`, and not written down.
   */
  intend(id: string, mayHaveBegun: number | 'any'): Promise<'new' | 'intended' | 'beyond-limit' | { outcome: string }>
  settle(id: string, outcome: string): Promise<void>
  /** It was not done. It counts all the same. */
  withdraw(id: string): Promise<void>
  /** How many the turn has begun. */
  begun(): Promise<number>
}

type Outcome = Record<string, unknown>

export interface Effects {
  /**
   * Names what a tool is about to do, the same in every run of this turn and in no other turn: by what is done and not by
   * the model's id of the call, which a run that starts over chooses anew.
   */
  idOf(tool: string, input: unknown): string
  /**
   * Does it, unless this turn has done it: then its outcome is given once more.
   *
   * @param effect `asksFirst`: not without its user's yes, whatever they have chosen for the provider. `repeatable`: the vendor
   *   recognizes the id and does it once, however often it is asked.
   * @throws ConfirmationNeeded; ToolFailure when it was begun and nobody knows how it ended, or its user has said no; and whatever
   *   `act` throws
   */
  once(effect: Effect, act: () => Promise<Outcome>): Promise<Outcome>
}

interface Effect {
  id: string
  provider: ProviderId
  asksFirst: boolean
  repeatable: boolean
}

/** @param onFault the records cannot be read or written: the run must not go on without them. */
export function createEffects(
  turn: string,
  records: EffectRecords,
  permissions: EffectPermissions,
  onFault: (fault: unknown) => void,
): Effects {
  /** A model may ask for the same twice in one message. */
  const underWay = new Map<string, Promise<Outcome>>()

  async function recorded<Result>(step: Promise<Result>): Promise<Result> {
    try {
      return await step
    } catch (fault) {
      onFault(fault)
      throw new ToolFailure('This was stopped.')
    }
  }

  /** Counted before it is done, in one step: two replicas, or twenty calls side by side, cannot share the last one. */
  async function intend({ id, provider, asksFirst }: Effect) {
    const byItself = !asksFirst && !(await recorded(permissions.asksFirst(provider)))
    const before = await recorded(records.intend(id, byItself ? permissions.effectsPerTurn : 0))
    if (before !== 'beyond-limit') return before
    switch (await recorded(permissions.decisionOn(id))) {
      case 'confirmed':
        return recorded(records.intend(id, 'any'))
      case 'declined':
        throw new ToolFailure('The user does not want that done. Do not try again unless they ask.')
      case 'expired':
        throw new ToolFailure('The user was asked, and did not say yes in time. Do not try again unless they ask.')
      case 'none':
        throw new ConfirmationNeeded()
    }
  }

  async function begin(effect: Effect, act: () => Promise<Outcome>) {
    const { id, repeatable } = effect
    const before = await intend(effect)
    if (typeof before === 'object') return JSON.parse(before.outcome) as Outcome
    if (before === 'intended' && !repeatable) throw new ToolFailure(`This was begun before.${UNKNOWN_OUTCOME}`)
    let outcome: Outcome
    try {
      outcome = await act()
    } catch (error) {
      // A refusal says that nothing was done; anything else says nothing.
      if (error instanceof VendorError && error.reason !== 'unavailable') await recorded(records.withdraw(id))
      throw error
    }
    await recorded(records.settle(id, JSON.stringify(outcome)))
    return outcome
  }

  return {
    idOf: (tool, input) => digestOf(turn, tool, input),
    once(effect, act) {
      const running = underWay.get(effect.id)
      if (running) return running
      const begun = begin(effect, act).finally(() => underWay.delete(effect.id))
      underWay.set(effect.id, begun)
      return begun
    },
  }
}

/** SHA-256, hexadecimal. The same for the same values, in whichever order their members came. */
export const digestOf = (...values: unknown[]): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(values)))
    .digest('hex')

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  return entries.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, member]) => [name, sorted(member)])
}
