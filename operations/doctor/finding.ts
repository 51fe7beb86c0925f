/** A check without findings is ok. */
export type Finding =
  /** `what` is one sentence, `mend` says how to fix it. */
  | { kind: 'wrong'; what: string; mend: string }
  /** The check, or a part of it, could not run; `what` says why. */
  | { kind: 'not checked'; what: string }
  /** For a person to compare, because doctor cannot read the other side. */
  | { kind: 'by hand'; what: string }

export const wrong = (what: string, mend: string): Finding => ({ kind: 'wrong', what, mend })
export const notChecked = (what: string): Finding => ({ kind: 'not checked', what })
export const byHand = (what: string): Finding => ({ kind: 'by hand', what })

/** @param S what the check reads */
export interface Check<S> {
  /** Its name in the report. */
  name: string
  run(subject: S): Promise<readonly Finding[]>
}

/** A precondition of a check is missing. */
export class CannotCheck extends Error {
  override name = 'CannotCheck'
}

/** For what differs from the templates. */
export const DEPLOY_AGAIN =
  'Run npm run deploy with the same -c as before; if the deployment finds no change, with --revert-drift, too.'
