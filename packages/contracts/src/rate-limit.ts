export type RateLimited =
  | 'sign-in'
  | 'back-channel-logout'
  | 'turn'
  | 'turn-stream'
  | 'confirmation'
  | 'conversation'
  | 'connection-list'
  | 'consent-request-list'
  | 'start'
  | 'refused-start'
  | 'cancel'
  | 'connect'
  | 'personal-data'
  | 'erasure'
  /** Audit lines about a user session's cookie without the cookie of its browser. */
  | 'different-browser'
  | 'return'
  | 'mcp-user'
  | 'mcp-client'

/**
 * A string, the number of requests, that expires with its window. The subject is a keyed fingerprint, so that the key reveals no
 * user, user session, client or address.
 */
export const rateLimitKey = (limited: RateLimited, subject: string) => `rate-limit:${limited}:{${subject}}`
