import { AuthorizationState, SessionUri } from '@agent-identity/contracts'
import { z } from 'zod'

/**
 * `error` is an assumption: how AgentCore returns a denied consent is not documented. A return that repeats one of these three
 * parameters is refused: the value of a repeated parameter is no string.
 */
const ReturnedParameters = z.union([
  z.object({ state: AuthorizationState, session_id: SessionUri, error: z.undefined().optional() }),
  z.object({ state: AuthorizationState, session_id: SessionUri.optional(), error: z.string().min(1).max(256) }),
])

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
