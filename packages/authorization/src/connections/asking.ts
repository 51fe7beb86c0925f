import {
  type ConnectionRecord,
  type ConnectionRef,
  type EndedEntry,
  isEnded,
  type Provider,
  type VaultEntry,
} from '@agent-identity/contracts'
import type { AskedAs } from '../asked-for.ts'

/** How a connection is read from the token vault: exactly as it was asked for. One that has ended is asked for with what the provider has now. */
export function askedAs(provider: Provider, ref: ConnectionRef, record: ConnectionRecord | undefined): AskedAs {
  if (record && isEnded(record)) return askingFor(provider, ref, { hint: record.hint })
  return { ...ref, hint: record?.hint, parameters: record?.parameters ?? provider.customParameters }
}

/** How an account is asked for with a new consent. An empty hint counts as none. */
export function askingFor(
  { customParameters, accountChoice }: Provider,
  ref: ConnectionRef,
  { hint, chooser = false }: { hint?: string | undefined; chooser?: boolean },
): AskedAs {
  return {
    ...ref,
    hint: hint || undefined,
    parameters: {
      ...customParameters,
      ...(accountChoice && chooser ? accountChoice.chooser : {}),
      ...(accountChoice && hint ? { [accountChoice.hint]: hint } : {}),
    },
    ...(accountChoice && chooser ? { chooser: true } : {}),
  }
}

/** Without regard to case: a vendor may write an e-mail address or a login differently than its user types it. */
export const isSameAccount = (one: string, other: string): boolean => plain(one) === plain(other)
const plain = (name: string) => name.normalize('NFC').trim().toLowerCase()

/** Whether the connection has not ended, and has one of these accounts. */
export const isUsing = (record: ConnectionRecord, accounts: readonly string[]): boolean =>
  !isEnded(record) &&
  [record.account, record.came].some((name) => name !== undefined && accounts.some((one) => isSameAccount(one, name)))

/** Whether both are the same entry of the token vault. Where an entry has no parameters (`EndedEntry`), only its scopes are compared. */
export const isOf = (ended: EndedEntry, { scopes, parameters }: VaultEntry): boolean =>
  ended.scopes === scopes && (ended.parameters === undefined || isSameMap(ended.parameters, parameters))

const isSameMap = (one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean => {
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
}

export function withEntry(entries: readonly VaultEntry[], { scopes, parameters }: VaultEntry): VaultEntry[] {
  const entry = { scopes, parameters }
  return [...entries.filter((one) => !isOf(one, entry)), entry]
}

/** Bounds a record: the last entries, and how many others there were. */
export const lastOf = (entries: readonly VaultEntry[]): { kept: VaultEntry[]; dropped: number } => ({
  kept: entries.slice(-MOST_ENTRIES),
  dropped: Math.max(entries.length - MOST_ENTRIES, 0),
})

const MOST_ENTRIES = 20
