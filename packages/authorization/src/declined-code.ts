import type { AuthorizationFailedCode } from '@agent-identity/contracts'

const CODES: Partial<Record<string, AuthorizationFailedCode>> = {
  denied: 'denied',
  cancelled: 'cancelled',
  expired: 'expired',
  missing: 'expired',
}

/** The code that the tool gets for an authorization that was not bound. @param end its failure, where there is one; else what `join` returned. */
export const declinedCode = (end: string): AuthorizationFailedCode => CODES[end] ?? 'failed'
