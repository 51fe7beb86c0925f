import type { Trial } from './trial.ts'

/** Something that the emulator and the flow take for granted and AWS does not document, or that only one report tells of. */
export interface Assumption {
  /** Stable: reports of different accounts are compared by it. */
  id: string
  words: string
  /** What is seen when it holds, word for word; names in it are masked as in the report. */
  expected: string
  /** The emulator's option that decides it, and the value of each thing that may be seen. */
  option?: { name: string; values: Readonly<Record<string, string | boolean>> }
}

/** What was seen, or why it could not be tried. */
export type Settled = string | { notTried: string }

/** Assumptions that one experiment settles together. */
export interface Experiment {
  name: string
  assumptions: readonly Assumption[]
  /** An assumption without an answer counts as not tried. */
  settle(trial: Trial): Promise<Readonly<Record<string, Settled>>>
}
