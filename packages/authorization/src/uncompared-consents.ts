import { connectionOf, type OfferedProviders, type PendingAuthorization } from '@agent-identity/contracts'
import type { Connections } from './connections/connections.ts'

/**
 * AgentCore may have completed this consent, and nothing will compare its account. Another consent for the same entry of the vault, which was
 * compared, may have removed the mark of `consentStarts`.
 */
export const keepUncompared = (
  record: PendingAuthorization,
  ports: { offered: OfferedProviders; connections: Pick<Connections, 'keepForRevocation'> },
): Promise<void> =>
  ports.connections.keepForRevocation(connectionOf(record), {
    scopes: record.scopes,
    parameters: parametersOf(record, ports),
  })

/** A record of an earlier version has no parameters: the provider's are used. */
export const parametersOf = (
  { provider, parameters }: PendingAuthorization,
  { offered }: { offered: OfferedProviders },
): Readonly<Record<string, string>> => parameters ?? { ...offered.get(provider)?.customParameters }
