import type { AuthorizationId, TurnErrorCode } from '@agent-identity/contracts'

/** What a run tells while it runs. None of it carries a token, an authorization URL or a session URI. */
export type AgentProgress =
  | { type: 'text'; delta: string }
  | { type: 'tool'; tool: string; status: 'started' | 'succeeded' | 'failed' }

/** How a run ends; exactly one, and the last. */
export type AgentEnd =
  | { type: 'done' }
  /**
   * Suspended until these have come to their end, and until the user has answered what these effects ask for; it is worth
   * resuming as soon as one of them has.
   */
  | { type: 'interrupted'; authorizationIds: AuthorizationId[]; effects?: string[] }
  | { type: 'failed'; code: TurnErrorCode }

export type AgentEvent = AgentProgress | AgentEnd

export const failed = (code: TurnErrorCode): AgentEnd => ({ type: 'failed', code })
