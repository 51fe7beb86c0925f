/** `not tried` says why in `seen`. */
export type Verdict = 'holds' | 'contradicted' | 'not tried'

/** One line of the report. */
export interface Row {
  id: string
  /** `flow`: ours to answer for, and a contradiction fails the run; `assumption`: AWS's, and a contradiction is news. */
  kind: 'flow' | 'assumption'
  assumption: string
  expected: string
  seen: string
  verdict: Verdict
  /** The emulator's option that a contradicted assumption belongs to, and the value that fits, where there is one. */
  option?: { name: string; value: string | boolean | undefined }
}
