import type { Trial } from './trial.ts'

export interface Assumption {
  /** Stable, so that reports can be compared. */
  id: string
  words: string
  /** The exact observation when the assumption holds, with names masked. */
  expected: string
  /** The emulator's option for this assumption. `values`: by observation, the value with which the emulator behaves so. */
  option?: { name: string; values: Readonly<Record<string, string | boolean>> }
}

export type Observed = string | { notTried: string }

export interface Experiment {
  name: string
  assumptions: readonly Assumption[]
  /** An assumption without an answer counts as not tried. */
  observe(trial: Trial): Promise<Readonly<Record<string, Observed>>>
}
