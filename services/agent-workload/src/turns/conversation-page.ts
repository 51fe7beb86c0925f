import type { Turn, TurnId } from '@agent-identity/contracts'

export interface TurnPage {
  turns: { turnId: TurnId; turn: Turn }[]
  /** To ask for the turns before these. The page that it leads to may be empty: a turn may expire before its conversation. */
  before: TurnId | undefined
}

export const TURNS_OF_A_PAGE = 20
/** Of its messages as JSON. */
export const BYTES_OF_A_PAGE = 64 * 1024

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
