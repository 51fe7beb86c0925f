import {
  type AuthorizationId,
  connectionOf,
  type OfferedProviders,
  type PendingAuthorization,
} from '@agent-identity/contracts'
import { isReplaced } from './connections/connection-state.ts'
import type { Connections } from './connections/connections.ts'

/**
 * Keeps the entry of this consent for revocation: AgentCore may have completed the consent, and its account may never be compared. A compared consent
 * for the same entry of the vault may have removed what `consentStarts` has written.
 */
export async function keepUncompared(
  id: AuthorizationId,
  record: PendingAuthorization,
  ports: { offered: OfferedProviders; connections: Pick<Connections, 'find' | 'keepForRevocation'> },
): Promise<void> {
  const ref = connectionOf(record)
  const parameters = parametersOf(record, ports)
  const connection = await ports.connections.find(ref)
  if (connection?.boundBy === id) return
  // What the vault has belongs to a later consent.
  if (record.status === 'bound' && isReplaced({ ...record, parameters }, connection)) return
  await ports.connections.keepForRevocation(ref, { scopes: record.scopes, parameters })
}

/** A record of an earlier version has no parameters. */
export const parametersOf = (
  { provider, parameters }: PendingAuthorization,
  { offered }: { offered: OfferedProviders },
): Readonly<Record<string, string>> => parameters ?? { ...offered.get(provider)?.customParameters }
