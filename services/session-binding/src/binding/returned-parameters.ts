import { AuthorizationState, SessionUri } from '@agent-identity/contracts'
import { z } from 'zod'

/**
 * The parameters with which AgentCore sends the browser back. `error` is an assumption: how a denied consent returns is not documented,
 * so it is accepted if it arrives, and then needs no session URI. If one of the three is repeated, it is not a string and is refused.
 */
const ReturnedParameters = z.union([
  z.object({ state: AuthorizationState, session_id: SessionUri, error: z.undefined().optional() }),
  z.object({ state: AuthorizationState, session_id: SessionUri.optional(), error: z.string().min(1).max(256) }),
])

/** Only a denial may come without a session URI: it completes nothing. */
export type Return = { state: z.infer<typeof AuthorizationState> } & (
  | { denied: false; sessionUri: string }
  | { denied: true; sessionUri: string | undefined }
)

export function parseReturn(query: unknown): Return | undefined {
  const { data } = ReturnedParameters.safeParse(query)
  if (!data) return undefined
  const { state } = data
  return data.error === undefined
    ? { state, sessionUri: data.session_id, denied: false }
    : { state, sessionUri: data.session_id, denied: true }
}
