import { randomBytes } from 'node:crypto'
import { sha256 } from '../constant-time.ts'

/** Maps of these records have the oldest record first. */
type Expiring = { expiresAt: number }

const MAX_RECORDS = 20_000

export function keep<R extends Expiring>(records: Map<string, R>, key: string, record: R, now: number) {
  for (const [oldest, { expiresAt }] of records) {
    if (expiresAt > now && records.size < MAX_RECORDS) break
    records.delete(oldest)
  }
  records.set(key, record)
}

export function findLive<R extends Expiring>(records: ReadonlyMap<string, R>, key: string, now: number) {
  const record = records.get(key)
  return record !== undefined && now < record.expiresAt ? record : undefined
}

export const newSecret = (kind: 'code' | 'access' | 'refresh' | 'request') =>
  `${kind}-${randomBytes(24).toString('base64url')}`

/** Codes and tokens are stored as hashes: a reader of the records cannot use them. */
export const digest = (secret: string) => sha256(secret).toString('base64url')
