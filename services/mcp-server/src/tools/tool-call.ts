import type { ConsentRequestId } from '@agent-identity/contracts'
import type { OfferedTool } from '@agent-identity/tools'
import type { Caller } from '../access/caller.ts'

/** One call of one tool, as a client of either version makes it. */
export interface ToolCall {
  tool: OfferedTool
  /** As the tool's schema has it. */
  input: unknown
  caller: Caller
  client: {
    name?: string | undefined
    /** It can show its user a link. */
    showsLinks: boolean
    /** Its retries do not say what they wait for (2025-11-25). */
    retriesUnnamed: boolean
  }
  /** A retry: what it waits for, vouched for, and what the user has said in the client. */
  answered: { consentRequest: ConsentRequestId; action: 'accept' | 'decline' | 'cancel' } | undefined
  /** Aborted when the client no longer waits. */
  signal: AbortSignal
}
