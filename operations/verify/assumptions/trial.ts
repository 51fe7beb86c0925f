import type { TemporaryResources } from '../agentcore/temporary-resources.ts'
import type { TrialVendor } from '../vendor/vendor.ts'

/** The tools of an experiment. */
export interface Trial {
  service: TemporaryResources
  vendor: TrialVendor
  /** Keeps a value out of the report. */
  hide(value: string | undefined, placeholder: string): void
  /** With `--long`: experiments that wait for a lifetime, or that cost money. */
  long: boolean
  /** Progress messages for the user. */
  say(sentence: string): void
  /** Lets time pass: on the wall clock, or by the emulator's clock. */
  wait(milliseconds: number): Promise<void>
}
