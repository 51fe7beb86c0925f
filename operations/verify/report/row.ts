/** With `not tried`, `seen` says why. */
export type Verdict = 'holds' | 'contradicted' | 'not tried'

export interface Row {
  id: string
  /** Of the rows, only those of the `flow` can fail the run. */
  kind: 'flow' | 'assumption'
  assumption: string
  expected: string
  seen: string
  verdict: Verdict
  /** The emulator's contradicted option, with its right value, if any. */
  option?: { name: string; value: string | boolean | undefined }
}
