import { sha256 } from './constant-time.ts'

/** 48 bits of SHA-256, in hex: distinguishes secrets without showing them. */
export const fingerprint = (value: string) => sha256(value).toString('hex').slice(0, 12)
