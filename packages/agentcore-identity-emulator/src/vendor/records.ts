import { randomBytes } from 'node:crypto'
import { sha256 } from '../constant-time.ts'

/** What expires, and is kept under a key, oldest first. */
type Expiring = { expiresAt: number }

/** A test that never finishes what it begins must not fill the memory. */
const MAX_RECORDS = 20_000

/** Adds a record. Those that are over, and the oldest of too many, go. */
export function keep<R extends Expiring>(records: Map<string, R>, key: string, record: R, now: number) {
  for (const [oldest, { expiresAt }] of records) {
    if (expiresAt > now && records.size < MAX_RECORDS) break
    records.delete(oldest)
  }
  records.set(key, record)
}

/** The record of this key while it lasts. */
export function findLive<R extends Expiring>(records: ReadonlyMap<string, R>, key: string, now: number) {
  const record = records.get(key)
  return record !== undefined && now < record.expiresAt ? record : undefined
}

/** @param kind is seen in the value, so that a reader can tell which one is before them. */
export const newSecret = (kind: 'code' | 'access' | 'refresh' | 'request') =>
  `${kind}-${randomBytes(24).toString('base64url')}`

/** Under which a code or token is kept: whoever reads the records cannot present one. */
export const digest = (secret: string) => sha256(secret).toString('base64url')
