/** With `not tried`, `seen` says why. */
export type Verdict = 'holds' | 'contradicted' | 'not tried'

export interface Row {
  id: string
  /** Only a row of the `flow` fails the run. */
  kind: 'flow' | 'assumption'
  assumption: string
  expected: string
  seen: string
  verdict: Verdict
  /** The emulator's option that is contradicted, and its right value, if there is one. */
  option?: { name: string; value: string | boolean | undefined }
}
