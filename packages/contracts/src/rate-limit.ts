/**
 * What is counted. Each has a variable of its own, except `return`, which has two (by user session and by address), and `erasure` and
 * `different-browser`, which have that of `personal-data`. Session binding counts `return`, the MCP server `mcp-…`, the agent workload the
 * others.
 */
export type RateLimited =
  | 'sign-in'
  | 'back-channel-logout'
  | 'turn'
  | 'conversation'
  | 'connection-list'
  | 'start'
  | 'refused-start'
  | 'connect'
  | 'personal-data'
  | 'erasure'
  /** Audit lines about a user session's cookie without the cookie of its browser. */
  | 'different-browser'
  | 'return'
  | 'mcp-user'
  | 'mcp-client'

/**
 * A string, the number of requests, that expires with its window. The subject is a keyed fingerprint of a user, a user session, an MCP
 * client, or an address: read access to Redis reveals none of them.
 */
export const rateLimitKey = (limited: RateLimited, subject: string) => `rate-limit:${limited}:{${subject}}`
