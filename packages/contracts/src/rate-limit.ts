/** What is counted, each with a variable of its own (`erasure` with that of `personal-data`); `return` is session binding's, `mcp-…` the MCP server's, the others the agent workload's. */
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
  | 'return'
  | 'mcp-user'
  | 'mcp-client'

/**
 * A string, the number of requests, that expires with its window. The subject is a keyed fingerprint of a user, of a user
 * session, or of an address without a user session: read access to Redis reveals none of them.
 */
export const rateLimitKey = (limited: RateLimited, subject: string) => `rate-limit:${limited}:{${subject}}`
