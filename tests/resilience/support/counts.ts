import type { Failure } from './following.ts'

/** `told`: the user was told that it did not work, or that the outcome is unknown. */
export type Ending = 'done' | 'told' | 'refused' | 'signedOut'
export type Verdict = { end: Ending } | { failure: Failure; why: string }

export interface Count {
  flows: number
  done: number
  told: number
  refused: number
  signedOut: number
  lost: number
  duplicated: number
  wrong: number
  why: string[]
}

export function countOf(verdicts: readonly Verdict[]): Count {
  const count: Count = {
    flows: 0,
    done: 0,
    told: 0,
    refused: 0,
    signedOut: 0,
    lost: 0,
    duplicated: 0,
    wrong: 0,
    why: [],
  }
  for (const verdict of verdicts) {
    count.flows += 1
    if ('failure' in verdict) {
      count[verdict.failure] += 1
      count.why.push(verdict.why)
    } else count[verdict.end] += 1
  }
  return count
}
