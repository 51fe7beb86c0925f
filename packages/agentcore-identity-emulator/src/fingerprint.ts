import { sha256 } from './constant-time.ts'

/** Distinguishes secrets without showing them. */
export const fingerprint = (value: string) => sha256(value).toString('hex').slice(0, 12)
