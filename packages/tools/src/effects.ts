import { createHash } from 'node:crypto'
import type { ProviderId } from '@agent-identity/contracts'
import { VendorError } from '@agent-identity/provider-kit'
import { DisconnectedError } from '@agent-identity/service-runtime'
import { ConfirmationNeeded, type EffectPermissions } from './permissions.ts'
import { ToolFailure, UNKNOWN_OUTCOME } from './tool-failure.ts'

/** The changes that a turn has begun at vendors, across its runs and replicas. A call of an MCP client counts as a turn. */
export interface EffectRecords {
  /**
   * Records the intent, or returns the existing record.
   *
   * @param mayHaveBegun how many changes the turn may begin, this one included. Beyond it nothing is written.
   */
  intend(id: string, mayHaveBegun: number | 'any'): Promise<'new' | 'intended' | 'beyond-limit' | { outcome: string }>
  recordOutcome(id: string, outcome: string): Promise<void>
  /** The change was not made. In a turn it still counts as begun. */
  withdraw(id: string): Promise<void>
  /** @returns all changes that the turn has begun; of an MCP client's call an empty list. `isRefused`: it is known that the change was not made. */
  begun(): Promise<readonly { id: string; isRefused: boolean }[]>
}

type Outcome = Record<string, unknown>

export interface Effects {
  /** The same in every run of this turn, and different in other turns. */
  idOf(tool: string, input: unknown): string
  /**
   * Makes the change, or returns the outcome if this turn has made it.
   *
   * @param effect `repeatable`: the vendor recognizes the id and makes the change once.
   * @throws ConfirmationNeeded; ToolFailure; and everything that `act` throws
   */
  once(effect: Effect, act: () => Promise<Outcome>): Promise<Outcome>
  /**
   * Of a call that has failed: an earlier attempt may have made its change.
   *
   * @returns the outcome of that attempt. @throws `failure`; ToolFailure when that outcome is unknown, or after a fault
   */
  outcomeDespite(failure: Error, id: string): Promise<Outcome>
}

/** At the start of a run, what the earlier runs of the turn have left. `createEffects` adds and removes what this run does. */
export interface LeftByRuns {
  /**
   * Changes that the turn has begun and whose outcome its model does not know: a run broke off, or a call failed and may have made its
   * change. As long as there is one, no other change begins without the user's yes.
   */
  unknown: Set<string>
  /** Changes about which the user was asked: they begin only after a yes, even if the reason to ask is gone. */
  asked: Set<string>
}

interface Effect {
  id: string
  provider: ProviderId
  asksFirst: boolean
  repeatable: boolean
}

/** @param onFault called when records or permissions cannot be read or written: the run must not go on without them */
export function createEffects(
  turn: string,
  records: EffectRecords,
  permissions: EffectPermissions,
  onFault: (fault: unknown) => void,
  { unknown, asked }: LeftByRuns = { unknown: new Set(), asked: new Set() },
): Effects {
  /** A model may request a change twice in one message. */
  const underWay = new Map<string, Promise<Outcome>>()

  async function recorded<Result>(step: Promise<Result>): Promise<Result> {
    try {
      return await step
    } catch (fault) {
      onFault(fault)
      throw new ToolFailure('This was stopped.')
    }
  }

  /** A change is counted before it is made: parallel calls must not exceed the limit together. */
  async function intend({ id, provider, asksFirst }: Effect) {
    // A model may word a call in another way when it is asked again: this may be the unknown change, which must not be made twice.
    const mayBeAnother = [...unknown].some((one) => one !== id)
    const mustAsk = asksFirst || mayBeAnother || asked.has(id) || (await recorded(permissions.asksFirst(provider)))
    const before = await recorded(records.intend(id, mustAsk ? 0 : permissions.effectsPerTurn))
    if (before !== 'beyond-limit') return before
    switch (await recorded(permissions.decisionOn(id))) {
      case 'confirmed':
        return recorded(records.intend(id, 'any'))
      case 'declined':
        throw new ToolFailure('The user does not want that done. Do not try again unless they ask.')
      case 'expired':
        throw new ToolFailure('The user was asked, and did not say yes in time. Do not try again unless they ask.')
      case 'none':
        asked.add(id)
        throw new ConfirmationNeeded()
    }
  }

  async function begin(effect: Effect, act: () => Promise<Outcome>) {
    const { id, repeatable } = effect
    const before = await intend(effect)
    if (typeof before === 'object') return known(id, before.outcome)
    if (before === 'intended' && !repeatable) throw new ToolFailure(`This was begun before.${UNKNOWN_OUTCOME}`)
    let outcome: Outcome
    try {
      outcome = await act()
    } catch (error) {
      // Only after these errors is it known that this attempt did nothing. An earlier one may have made the change.
      const isRefused = error instanceof VendorError && !error.mayHaveChanged
      const didNothing = isRefused || error instanceof DisconnectedError
      if (didNothing && before === 'new') await recorded(records.withdraw(id))
      else unknown.add(id)
      throw error
    }
    await recorded(records.recordOutcome(id, JSON.stringify(outcome)))
    unknown.delete(id)
    return outcome
  }

  function known(id: string, outcome: string): Outcome {
    unknown.delete(id)
    return JSON.parse(outcome) as Outcome
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
    async outcomeDespite(failure, id) {
      if (failure.message.endsWith(UNKNOWN_OUTCOME)) throw failure
      const before = await recorded(records.intend(id, 0))
      if (typeof before === 'object') return known(id, before.outcome)
      throw before === 'intended' ? new ToolFailure(`${failure.message}${UNKNOWN_OUTCOME}`) : failure
    },
  }
}

/** SHA-256, hexadecimal; an object's members may have any order. */
export const digestOf = (...values: unknown[]): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(values)))
    .digest('hex')

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const list = value.map(sorted)
    // Such a list looks like the members of an object: the tag tells them apart. Other lists have no tag, because stored digests must not change.
    return list.every(isMember) ? { list } : list
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  return entries.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, member]) => [name, sorted(member)])
}

const isMember = (value: unknown) => Array.isArray(value) && value.length === 2 && typeof value[0] === 'string'
