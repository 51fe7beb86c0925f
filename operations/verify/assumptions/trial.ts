import type { TemporaryResources } from '../agentcore/temporary-resources.ts'
import type { TrialVendor } from '../vendor/vendor.ts'

export interface Trial {
  service: TemporaryResources
  vendor: TrialVendor
  /** Keeps a value out of the report. */
  hide(value: string | undefined, placeholder: string): void
  /** `--long`. */
  long: boolean
  say(sentence: string): void
  /** Waits, or moves the emulator's clock forward. */
  wait(milliseconds: number): Promise<void>
}
