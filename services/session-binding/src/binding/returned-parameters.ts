import { AuthorizationState, SessionUri } from '@agent-identity/contracts'
import { z } from 'zod'

/**
 * The parameters with which AgentCore sends the browser back. `error` is an assumption: how a denied consent returns is not documented,
 * so it is accepted where it arrives, and then needs no session URI. A repeated parameter is not a string and is refused.
 */
const ReturnedParameters = z.union([
  z.object({ state: AuthorizationState, session_id: SessionUri, error: z.undefined().optional() }),
  z.object({ state: AuthorizationState, session_id: SessionUri.optional(), error: z.string().min(1).max(256) }),
])

export interface Return {
  state: z.infer<typeof AuthorizationState>
  sessionUri?: string | undefined
  denied: boolean
}

export function parseReturn(query: unknown): Return | undefined {
  const result = ReturnedParameters.safeParse(query)
  if (!result.success) return undefined
  return { state: result.data.state, sessionUri: result.data.session_id, denied: result.data.error !== undefined }
}
