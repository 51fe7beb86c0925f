/** With `not tried`, `seen` says why. */
export type Verdict = 'holds' | 'contradicted' | 'not tried'

/** One line of the report. */
export interface Row {
  id: string
  /** `flow`: fails the run unless it holds; `assumption`: about AWS, and only reported. */
  kind: 'flow' | 'assumption'
  assumption: string
  expected: string
  seen: string
  verdict: Verdict
  /** The emulator's option of a contradicted assumption, and its right value, if there is one. */
  option?: { name: string; value: string | boolean | undefined }
}
