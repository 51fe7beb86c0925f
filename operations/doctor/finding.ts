export type Finding =
  | { kind: 'wrong'; what: string; mend: string }
  /** The check, or a part of it, could not run. */
  | { kind: 'not checked'; what: string }
  /** AWS is still at work. `mend`: if it stays so. */
  | { kind: 'under way'; what: string; mend: string }
  /** A person must look or act: doctor cannot know. */
  | { kind: 'by hand'; what: string }

export const wrong = (what: string, mend: string): Finding => ({ kind: 'wrong', what, mend })
export const notChecked = (what: string): Finding => ({ kind: 'not checked', what })
export const underWay = (what: string, mend: string): Finding => ({ kind: 'under way', what, mend })
export const byHand = (what: string): Finding => ({ kind: 'by hand', what })

export interface Check<S> {
  name: string
  run(subject: S): Promise<readonly Finding[]>
}

/** A precondition of a check is missing. */
export class CannotCheck extends Error {
  override name = 'CannotCheck'
}

/** The remedy when the deployment differs from its templates. */
export const DEPLOY_AGAIN =
  'Run npm run deploy with the same -c as before; if the deployment finds no change, with --revert-drift, too.'
