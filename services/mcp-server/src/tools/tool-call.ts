import type { AuthorizationId, McpClient } from '@agent-identity/contracts'
import type { OfferedTool } from '@agent-identity/tools'
import type { Caller } from '../access/caller.ts'

export interface ToolCall {
  tool: OfferedTool
  /** Valid by the tool's schema. */
  input: unknown
  caller: Caller
  client: {
    name?: string | undefined
    /** The client can show its user a link. */
    showsLinks: boolean
    /** A client of 2025-11-25 or earlier repeats a call without naming the authorization that it waits for. */
    retriesUnnamed: boolean
  }
  /** In a repeated call: the authorization of a verified `requestState`, and the user's answer in the client. */
  answered: { authorization: AuthorizationId; action: 'accept' | 'decline' | 'cancel' } | undefined
  /** Aborted when the client no longer waits. */
  signal: AbortSignal
}

export const clientOf = ({ caller: { clientId }, client: { name: clientName } }: ToolCall): McpClient => ({
  clientId,
  ...(clientName && { clientName }),
})
