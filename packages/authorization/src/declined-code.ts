import type { AuthorizationFailedCode } from '@agent-identity/contracts'

const CODES: Partial<Record<string, AuthorizationFailedCode>> = {
  denied: 'denied',
  cancelled: 'cancelled',
  expired: 'expired',
  missing: 'expired',
}

/** @param end the authorization's failure, where there is one; else what `join` returned */
export const declinedCode = (end: string): AuthorizationFailedCode => CODES[end] ?? 'failed'
