export interface Run {
  /** Counts from 1. */
  number: number
  /** As the claim wrote it, sealed: the run may write only while the record still has it. Outcomes of effects may be written later, too. */
  progress: string
}

/** This run may write nothing more but outcomes of effects: another one has the turn, or the turn has ended or is gone. */
export class SupersededError extends Error {
  override name = 'SupersededError'
}

/** @throws SupersededError */
export function expectOwn(result: unknown): string {
  if (result === 'superseded') throw new SupersededError('Another run has taken this turn over')
  return String(result)
}
