import { sha256 } from './constant-time.ts'

/** Distinguishes secret values without showing them: the first 48 bits of SHA-256, in hex. */
export const fingerprint = (value: string) => sha256(value).toString('hex').slice(0, 12)
