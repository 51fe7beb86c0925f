import type { AuthorizationId, TurnErrorCode } from '@agent-identity/contracts'

/** Must not contain a token, an authorization URL or a session URI. */
export type AgentProgress =
  | { type: 'text'; delta: string }
  | { type: 'tool'; tool: string; status: 'started' | 'succeeded' | 'failed' }

/** The last event of a run that does not throw. */
export type AgentEnd =
  | { type: 'done' }
  /** The turn waits for these authorizations, and for the user's answer to the confirmation of these effects. */
  | { type: 'interrupted'; authorizationIds: AuthorizationId[]; effects?: string[] }
  | { type: 'failed'; code: TurnErrorCode }

export type AgentEvent = AgentProgress | AgentEnd

export const failed = (code: TurnErrorCode): AgentEnd => ({ type: 'failed', code })
