import {
  type ConnectionRecord,
  type ConnectionRef,
  type EndedEntry,
  isEnded,
  type Provider,
  type Revocation,
  type VaultEntry,
} from '@agent-identity/contracts'
import type { AskedAs } from '../asked-for.ts'

/**
 * The token vault finds an entry only with the parameters that its consent was asked for with. A connection that has ended is asked for with the
 * provider's present parameters.
 */
export function askedAs(provider: Provider, ref: ConnectionRef, record: ConnectionRecord | undefined): AskedAs {
  if (record && isEnded(record)) return askingFor(provider, ref, { hint: record.hint })
  return { ...ref, hint: record?.hint, parameters: record?.parameters ?? provider.customParameters }
}

/** For a new consent. An empty hint counts as none. */
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

/** A vendor may write an e-mail address or a login in another case than its user. */
export const isSameAccount = (one: string, other: string): boolean => plain(one) === plain(other)
const plain = (name: string) => name.normalize('NFC').trim().toLowerCase()

/** Whether this connection has one of the named accounts of what is left to revoke, or may have one that is not named. */
export const isUsing = (record: ConnectionRecord, { accounts, hasUnnamed }: Revocation): boolean =>
  !isEnded(record) &&
  (hasUnnamed === true ||
    [record.account, record.came].some(
      (name) => name !== undefined && accounts.some((one) => isSameAccount(one, name)),
    ))

/** Whether both are the same entry of the token vault. An `EndedEntry` without parameters is every entry with its scopes. */
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

/** Keeps the last entries, so that a list of them in a record cannot grow without a limit. */
export const lastOf = (entries: readonly VaultEntry[]): { kept: VaultEntry[]; dropped: number } => ({
  kept: entries.slice(-MOST_ENTRIES),
  dropped: Math.max(entries.length - MOST_ENTRIES, 0),
})

const MOST_ENTRIES = 20
