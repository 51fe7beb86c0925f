import type { Turn, TurnId } from '@agent-identity/contracts'

export interface TurnPage {
  turns: { turnId: TurnId; turn: Turn }[]
  /** Asks for the turns before these; undefined when there are none. */
  before: TurnId | undefined
}

export const TURNS_OF_A_PAGE = 20
/** The size of its messages as JSON, where a control character takes six bytes. A page has at least one turn. */
export const BYTES_OF_A_PAGE = 64 * 1024

/** The latest turns that fit into this size. */
export function latestWithin(turns: TurnPage['turns'], bytes: number): TurnPage['turns'] {
  let left = bytes
  let first = turns.length
  while (first > 0) {
    left -= Buffer.byteLength(JSON.stringify(turns[first - 1]?.turn.message))
    if (left < 0 && first < turns.length) break
    first--
  }
  return turns.slice(first)
}
