import type { AuthorizationId, TurnErrorCode } from '@agent-identity/contracts'

/** The events of a run. None contains a token, an authorization URL or a session URI. */
export type AgentProgress =
  | { type: 'text'; delta: string }
  | { type: 'tool'; tool: string; status: 'started' | 'succeeded' | 'failed' }

/** The end of a run; exactly one, and the last event. */
export type AgentEnd =
  | { type: 'done' }
  /**
   * Suspended until these authorizations are settled and the user has answered the confirmation of these effects. Each of them is a reason
   * to resume.
   */
  | { type: 'interrupted'; authorizationIds: AuthorizationId[]; effects?: string[] }
  | { type: 'failed'; code: TurnErrorCode }

export type AgentEvent = AgentProgress | AgentEnd

export const failed = (code: TurnErrorCode): AgentEnd => ({ type: 'failed', code })
