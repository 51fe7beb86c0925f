import { randomBytes } from 'node:crypto'
import { sha256 } from '../constant-time.ts'

/** A record that expires. Maps of records have the oldest one first. */
type Expiring = { expiresAt: number }

/** A limit, so that unfinished requests of a test do not fill the memory. */
const MAX_RECORDS = 20_000

/** Adds a record. Removes the oldest ones while they have expired or the limit is reached. */
export function keep<R extends Expiring>(records: Map<string, R>, key: string, record: R, now: number) {
  for (const [oldest, { expiresAt }] of records) {
    if (expiresAt > now && records.size < MAX_RECORDS) break
    records.delete(oldest)
  }
  records.set(key, record)
}

/** The record of this key, until it expires. */
export function findLive<R extends Expiring>(records: ReadonlyMap<string, R>, key: string, now: number) {
  const record = records.get(key)
  return record !== undefined && now < record.expiresAt ? record : undefined
}

/** @param kind is a visible prefix of the value, so that a reader knows what it is. */
export const newSecret = (kind: 'code' | 'access' | 'refresh' | 'request') =>
  `${kind}-${randomBytes(24).toString('base64url')}`

/** The key of a code or token is its hash: a reader of the records cannot use them. */
export const digest = (secret: string) => sha256(secret).toString('base64url')
