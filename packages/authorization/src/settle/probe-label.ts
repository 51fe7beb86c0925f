import type { Entry, OfferedProvider, ProviderId } from '@agent-identity/contracts'
import type { Who } from '../connections/connections.ts'
import { isShared, newEntry } from '../entry.ts'
import type { Alarm, Vault } from '../vault.ts'

/**
 * Whether the label separates at this provider: a random label was never sent before, so the vault must have nothing under it. A token means that
 * AgentCore or its provider leaves the label out of the vault's key.
 */
export function createProbe(ports: {
  vault: Pick<Vault, 'read'>
  offered(provider: ProviderId): OfferedProvider | undefined
  alarm: Alarm
}) {
  const probed = new Set<ProviderId>()
  return async (who: Who, id: ProviderId, { scopes }: Entry): Promise<void> => {
    const provider = ports.offered(id)
    if (!provider || isShared(provider) || probed.has(id)) return
    probed.add(id)
    const read = await ports.vault.read(who, newEntry(provider, scopes.split(' ')))
    if (read.outcome === 'token') ports.alarm('label-does-not-separate', { provider: id })
    // Not known: the next settling asks.
    else if (read.outcome !== 'none') probed.delete(id)
  }
}
