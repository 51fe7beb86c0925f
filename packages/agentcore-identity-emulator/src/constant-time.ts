import { hash, timingSafeEqual } from 'node:crypto'

export const sha256 = (value: string | Uint8Array) => hash('sha256', value, 'buffer')

/** Compares hashes, because timingSafeEqual throws when the lengths differ. */
export function equalInConstantTime(left: string, right: string) {
  return timingSafeEqual(sha256(left), sha256(right))
}
