export type RateLimited =
  | 'sign-in'
  | 'back-channel-logout'
  | 'turn'
  | 'turn-stream'
  | 'confirmation'
  | 'conversation'
  | 'conversation-erasure'
  | 'connection-list'
  | 'consent-request-list'
  | 'start'
  | 'refused-start'
  | 'cancel'
  | 'connect'
  | 'personal-data'
  | 'erasure'
  /** Audit lines of refused downloads and erasures with the reason `different-browser`. */
  | 'different-browser'
  | 'return'
  | 'mcp-user'
  | 'mcp-client'

/** A string, the number of requests. The subject is a keyed fingerprint, which names no user and no address. */
export const rateLimitKey = (limited: RateLimited, subject: string) => `rate-limit:${limited}:{${subject}}`
