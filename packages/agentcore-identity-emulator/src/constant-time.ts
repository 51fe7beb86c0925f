import { hash, timingSafeEqual } from 'node:crypto'

export const sha256 = (value: string | Uint8Array) => hash('sha256', value, 'buffer')

/** Hashing first also hides the lengths: timingSafeEqual throws when they differ. */
export function equalInConstantTime(left: string, right: string) {
  return timingSafeEqual(sha256(left), sha256(right))
}
