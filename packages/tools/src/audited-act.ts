import type { AuditEvent, CredentialKind, ProviderId } from '@agent-identity/contracts'
import { VendorError } from '@agent-identity/provider-kit'
import { randomToken } from '@agent-identity/service-runtime'

type ToolEvent = Extract<AuditEvent, { event: 'tool_intended' | 'tool_acted' }>
type OfTheTurn = 'requestId' | 'turnId' | 'user' | 'userSession'
type WithoutTurn<Event> = Event extends unknown ? Omit<Event, OfTheTurn> : never

/** The function adds the fields of `OfTheTurn`; for an MCP client, its client id in place of turn and user session. */
export type ToolAudit = (event: WithoutTurn<ToolEvent>) => void

/** The intent is audited before the vendor is called: a process that is killed leaves that line. No line contains what was read or written. */
export async function auditedAct<Outcome>(
  tool: { name: string; provider: { id: ProviderId; credential: CredentialKind }; scopes: readonly string[] },
  audit: ToolAudit,
  act: () => Promise<Outcome>,
): Promise<Outcome> {
  const { id: provider, credential } = tool.provider
  const action = { tool: tool.name, provider, credential, scopes: [...tool.scopes], actionId: randomToken(8) }
  audit({ event: 'tool_intended', ...action })
  try {
    const outcome = await act()
    audit({ event: 'tool_acted', ...action, outcome: 'succeeded' })
    return outcome
  } catch (error) {
    const reason = error instanceof VendorError ? error.reason : 'unexpected'
    const refused = error instanceof VendorError && !error.mayHaveChanged
    audit({ event: 'tool_acted', ...action, outcome: refused ? 'refused' : 'unknown', reason })
    throw error
  }
}
