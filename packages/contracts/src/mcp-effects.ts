import type { UserRef } from './identifiers.ts'

/**
 * A Redis hash of what a client's call has begun at vendors: the field `call` is a random name of the call, every other field is an
 * effect.
 *
 * @param call a digest of client, tool and arguments
 */
export const mcpEffectsKey = (user: UserRef, call: string) => `mcp-effects:{${user}}:${call}`
/**
 * For this long after a call's start, or its last change, the same call counts as a repetition; for longer, if it has begun a change and
 * then needs a consent.
 */
export const MCP_RETRY_SECONDS = 120
