export interface Run {
  /** Counts from 1. */
  number: number
  /** As the claim wrote it, sealed: the run may write only while the record still has it. What became of its effects may be written later, too. */
  progress: string
}

/** The run does not have the turn any more: of the turn's records, it may only write what became of its effects. */
export class SupersededError extends Error {
  override name = 'SupersededError'
}

/** @throws SupersededError */
export function expectOwn(result: unknown): string {
  if (result === 'superseded') throw new SupersededError('Another run has taken this turn over')
  return String(result)
}
