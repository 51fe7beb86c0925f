import type { Trial } from './trial.ts'

/** What the emulator or the flow assumes about AWS. */
export interface Assumption {
  /** Stable: reports of different accounts are compared by it. */
  id: string
  words: string
  /** The exact observation when it holds; names in it are masked as in the report. */
  expected: string
  /** The emulator's option that decides it, and its values, each by the observation that it imitates. */
  option?: { name: string; values: Readonly<Record<string, string | boolean>> }
}

/** The observation, or why it could not be tried. */
export type Observed = string | { notTried: string }

/** Assumptions that one experiment tests together. */
export interface Experiment {
  name: string
  assumptions: readonly Assumption[]
  /** An assumption without an answer counts as not tried. */
  observe(trial: Trial): Promise<Readonly<Record<string, Observed>>>
}
