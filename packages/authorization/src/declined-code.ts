import type { AuthorizationFailedCode } from '@agent-identity/contracts'

const CODES: Partial<Record<string, AuthorizationFailedCode>> = {
  denied: 'denied',
  cancelled: 'cancelled',
  expired: 'expired',
  missing: 'expired',
}

/** For the tool, of an authorization that was not bound: by its status, or by its failure where there is one. */
export const declinedCode = (end: string): AuthorizationFailedCode => CODES[end] ?? 'failed'
