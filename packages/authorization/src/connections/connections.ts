import {
  type ConnectedAccount,
  ConnectionId,
  type ConnectionRecord,
  isLatched,
  normalizeScopes,
  type ProviderId,
  type UserRef,
  type VaultEntry,
} from '@agent-identity/contracts'
import { type Clock, randomToken } from '@agent-identity/service-runtime'
import type { ConnectionRecords } from './connection-records.ts'

/** What was bound, and which state of the connection it was asked in. */
export interface Bound extends VaultEntry {
  generation: number
}

/**
 * Our own record of the user's connections, because AgentCore has no list. Its scopes decide what is requested, and the account is
 * a person's name. A record that does not open counts as disconnected: its user consents again.
 */
export function createConnections({ records, clock }: { records: ConnectionRecords; clock: Clock }) {
  return {
    find: async (user: UserRef, provider: ProviderId): Promise<ConnectionRecord | undefined> =>
      (await records.read(user, provider)).value,

    /**
     * Connected again without a known account, possibly another one: the previous name could be wrong. What was left to revoke of
     * an earlier connection is dropped: the vendor would end this one with it.
     *
     * @returns `superseded` when the user has disconnected since the request; then nothing is connected.
     */
    async connected(
      user: UserRef,
      provider: ProviderId,
      { generation, ...entry }: Bound,
      { name, granted }: ConnectedAccount,
    ): Promise<'connected' | 'superseded'> {
      for (;;) {
        const seen = await records.read(user, provider)
        const before = seen.value
        if ((before?.generation ?? 0) !== generation) return 'superseded'
        const next: ConnectionRecord = {
          id: before?.id ?? ConnectionId.parse(randomToken(8)),
          status: 'connected',
          scopes: entry.scopes,
          ...(granted === undefined ? {} : { granted: normalizeScopes(granted).join(' ') }),
          connectedAt: clock(),
          generation,
          entries: withEntry(before?.entries ?? [], entry),
          ended: (before?.ended ?? []).filter((scopes) => scopes !== entry.scopes),
          ...(name === undefined ? {} : { account: name }),
        }
        if (await records.write(user, provider, seen, next, {})) return 'connected'
      }
    },

    async needsReauthorization(user: UserRef, provider: ProviderId): Promise<void> {
      const seen = await records.read(user, provider)
      if (!seen.value || isLatched(seen.value)) return
      // Changed in the meantime: that state is newer.
      await records.write(user, provider, seen, { ...seen.value, status: 'needs_reauthorization' }, {})
    },
  }
}

export type Connections = ReturnType<typeof createConnections>

export function withEntry(entries: readonly VaultEntry[], { scopes, parameters }: VaultEntry): VaultEntry[] {
  const entry = { scopes, parameters }
  const others = entries.filter((one) => JSON.stringify(one) !== JSON.stringify(entry))
  return [...others, entry].slice(-MOST_ENTRIES)
}

/** Unions of a catalogue's scopes: a few in practice. */
const MOST_ENTRIES = 20
