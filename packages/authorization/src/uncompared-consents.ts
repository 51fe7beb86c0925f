import {
  type AuthorizationId,
  connectionOf,
  type OfferedProviders,
  type PendingAuthorization,
} from '@agent-identity/contracts'
import type { Connections } from './connections/connections.ts'

/**
 * AgentCore may have completed this consent, and nothing will compare its account any more. Another consent for the same entry of the vault, which
 * was compared, may have removed the mark of `consentStarts`. Nothing is changed where the account of this consent was compared.
 */
export async function keepUncompared(
  id: AuthorizationId,
  record: PendingAuthorization,
  ports: { offered: OfferedProviders; connections: Pick<Connections, 'find' | 'keepForRevocation'> },
): Promise<void> {
  const ref = connectionOf(record)
  if ((await ports.connections.find(ref))?.boundBy === id) return
  await ports.connections.keepForRevocation(ref, { scopes: record.scopes, parameters: parametersOf(record, ports) })
}

/** A record of an earlier version has no parameters: the provider's are used. */
export const parametersOf = (
  { provider, parameters }: PendingAuthorization,
  { offered }: { offered: OfferedProviders },
): Readonly<Record<string, string>> => parameters ?? { ...offered.get(provider)?.customParameters }
