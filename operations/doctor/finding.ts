/** What a check has to say. A check that says nothing found everything in order. */
export type Finding =
  /** `what` is one sentence, `mend` what to do about it. */
  | { kind: 'wrong'; what: string; mend: string }
  /** Could not be looked at: that is not in order, and not wrong. `what` says why. */
  | { kind: 'not checked'; what: string }
  /** For a person to compare, because doctor does not see the other side. */
  | { kind: 'by hand'; what: string }

export const wrong = (what: string, mend: string): Finding => ({ kind: 'wrong', what, mend })
export const notChecked = (what: string): Finding => ({ kind: 'not checked', what })
export const byHand = (what: string): Finding => ({ kind: 'by hand', what })

/** @param S what the check looks at */
export interface Check<S> {
  /** As the report shows it. */
  name: string
  run(subject: S): Promise<readonly Finding[]>
}

/** Thrown where something that a check builds on is not there; that it is not there is another check's finding. */
export class CannotCheck extends Error {
  override name = 'CannotCheck'
}

/** The mend of most things: what is deployed is not what the templates say. */
export const DEPLOY_AGAIN = 'Run npm run deploy with the same -c as before.'
