import { SessionUri, StartState } from '@agent-identity/contracts'
import { z } from 'zod'

/**
 * `error` is an assumption: how AgentCore returns a consent that was not given is not documented. If one of
 * these parameters is repeated, its value is no string, and the return is refused.
 */
const ReturnedParameters = z.union([
  z.object({ state: StartState, session_id: SessionUri, error: z.undefined().optional() }),
  z.object({ state: StartState, session_id: SessionUri.optional(), error: z.string().min(1).max(256) }),
])

export type Return = { state: z.infer<typeof StartState> } & (
  | { consent: 'given'; sessionUri: string }
  | { consent: 'denied' | 'failed'; sessionUri: string | undefined }
)

export function parseReturn(query: unknown): Return | undefined {
  const { data } = ReturnedParameters.safeParse(query)
  if (!data) return undefined
  const { state } = data
  if (data.error === undefined) return { state, sessionUri: data.session_id, consent: 'given' }
  // In RFC 6749 §4.1.2.1 no other error says that the user refused.
  return { state, sessionUri: data.session_id, consent: data.error === 'access_denied' ? 'denied' : 'failed' }
}
