import {
  ConnectionId,
  type ConnectionRecord,
  type ConnectionRef,
  isEnded,
  type Revocation,
  type UserSessionRef,
  type VaultEntry,
} from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'
import { isOf, lastOf, withEntry } from './asking.ts'

export function entriesOf(
  record: ConnectionRecord | undefined,
  waiting: readonly VaultEntry[],
  parameters: Readonly<Record<string, string>>,
): VaultEntry[] {
  // `ended` also has the entries of consents whose account was not compared.
  const ended = (record?.ended ?? []).flatMap(({ scopes, parameters: of }) => (of ? [{ scopes, parameters: of }] : []))
  return [...ended, ...knownOf(record, parameters), ...waiting].reduce(withEntry, [])
}

/** The entries under which the vault has a token, unless it has lost that token. */
export function boundOf(
  record: ConnectionRecord | undefined,
  parameters: Readonly<Record<string, string>>,
): readonly VaultEntry[] {
  if (!record || isEnded(record)) return []
  const current = { scopes: record.scopes, parameters: record.parameters ?? parameters }
  return knownOf(record, parameters).filter(
    // The current entry was bound, even if it is in `ended`.
    (entry) => isOf(current, entry) || !record.ended.some((one) => isOf(one, entry)),
  )
}

/** Entries that the record lacks may have been bound and not written down. Once the connection has ended, any entry may have been. */
export const notKnownTo = (record: ConnectionRecord | undefined, entries: readonly VaultEntry[]): VaultEntry[] =>
  entries.filter((entry) => !record || isEnded(record) || !record.entries.some((one) => isOf(one, entry)))

/** A record of an earlier version has no `entries`. */
const knownOf = (
  record: ConnectionRecord | undefined,
  parameters: Readonly<Record<string, string>>,
): readonly VaultEntry[] => {
  if (!record) return []
  if (record.entries.length > 0) return record.entries
  if (record.scopes === '') return []
  return [{ scopes: record.scopes, parameters: record.parameters ?? parameters }]
}

export const latched = (
  { named, hint, isErased }: Pick<ConnectionRef, 'named'> & { hint?: string | undefined; isErased?: true },
  record: ConnectionRecord | undefined,
  generation: number,
  all: readonly VaultEntry[],
  now: number,
): ConnectionRecord => {
  const { kept: entries } = lastOf(all)
  return {
    id: record?.id ?? named ?? ConnectionId.parse(randomToken(8)),
    status: 'disconnecting',
    scopes: '',
    ...(record?.parameters === undefined ? {} : { parameters: record.parameters }),
    ...((record?.hint ?? hint) ? { hint: record?.hint ?? hint } : {}),
    ...(record?.addedAt === undefined ? {} : { addedAt: record.addedAt }),
    ...(record?.account === undefined ? {} : { account: record.account }),
    // After an erasure, a record with a later time than the erasure's counts as a later connection (`forgetDetails`).
    ...(isErased || record?.connectedAt === undefined ? {} : { connectedAt: record.connectedAt }),
    generation,
    entries,
    ended: entries,
    onlyBound: true,
    disconnectedAt: now,
  }
}

/** Until its user connects again, the outcome of an earlier disconnection stays part of the revocation. */
export function revoking(
  {
    userSession,
    requestId,
    account,
  }: { userSession?: UserSessionRef; requestId: string; account?: string | undefined },
  record: ConnectionRecord | undefined,
  left: Revocation | undefined,
  { toRead, bound }: { toRead: readonly VaultEntry[]; bound: readonly VaultEntry[] },
  now: number,
): Revocation {
  const before: Omit<Revocation, 'since' | 'claimedUntil'> = left ?? {
    ...NOTHING_LEFT,
    requestId,
    ...(record && isEnded(record) && becameOf(record)),
  }
  const reader = userSession ?? before.userSession
  const isUnnamed = accountNowOf(record, account) === undefined
  const { kept, dropped } = lastOf(toRead.reduce(withEntry, before.toRead))
  return {
    ...before,
    ...(reader === undefined ? {} : { userSession: reader }),
    requestId,
    accounts: [...new Set([...before.accounts, record?.account, record?.came, account])].filter(isNamed),
    ...(isUnnamed && { hasUnnamed: true }),
    since: now,
    toRead: kept,
    bound: bound.reduce(withEntry, before.bound ?? []),
    // The tokens of dropped entries may be alive.
    notRead: before.notRead + dropped + (record?.hasMoreEntries ? 1 : 0),
    claimedUntil: 0,
  }
}

/** Whose token was put into the vault last, of the consents that were compared. @param late of a consent that came after the end */
const accountNowOf = (record: ConnectionRecord | undefined, late: string | undefined) => {
  if (!record || isEnded(record)) return late
  return record.status === 'wrong_account' ? record.came : record.account
}

const isNamed = (name: string | undefined) => name !== undefined

const NOTHING_LEFT = {
  accounts: [] as string[],
  toRead: [] as VaultEntry[],
  toForget: [],
  tokens: [],
  revoked: 0,
  notConfirmed: 0,
  notRead: 0,
}

/** For an ended record without a `Revocation`: if it is still `disconnecting`, what was left to revoke is lost. */
const becameOf = ({ status, outcome, tokenEndsAt }: ConnectionRecord) => ({
  revoked: outcome === 'revoked' ? 1 : 0,
  notConfirmed: outcome === 'not_confirmed' || outcome === 'cannot_be_revoked' ? 1 : 0,
  endKnown: outcome === 'cannot_be_revoked' ? 1 : 0,
  notRead: outcome === 'not_revoked' || status === 'disconnecting' ? 1 : 0,
  ...(tokenEndsAt === undefined ? {} : { tokenEndsAt }),
})
