import type { AuthorizationId, TurnErrorCode } from '@agent-identity/contracts'

/** The events of a run. None contains a token, an authorization URL or a session URI. */
export type AgentProgress =
  | { type: 'text'; delta: string }
  | { type: 'tool'; tool: string; status: 'started' | 'succeeded' | 'failed' }

/** The end of a run; exactly one, and the last event. */
export type AgentEnd =
  | { type: 'done' }
  /**
   * Suspended: it waits for these authorizations, and for the user's answer to the confirmation of these effects. The turn is resumed each
   * time that one of them is settled.
   */
  | { type: 'interrupted'; authorizationIds: AuthorizationId[]; effects?: string[] }
  | { type: 'failed'; code: TurnErrorCode }

export type AgentEvent = AgentProgress | AgentEnd

export const failed = (code: TurnErrorCode): AgentEnd => ({ type: 'failed', code })
