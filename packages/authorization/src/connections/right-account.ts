import { type ConnectionRecord, isLatched, type Revocation, type VaultEntry } from '@agent-identity/contracts'
import { isOf, isSameAccount } from './asking.ts'

/** The account that its user asked for by name; otherwise the one that they had, unless they doubt one whose name is known. */
export function expectedOf(record: ConnectionRecord | undefined, hint: string | undefined): string | undefined {
  return hint ?? (doubtedOf(record) === undefined ? record?.account : undefined)
}

/**
 * Where the name of a doubted account is known, that account is not right, and neither is one without a name. Where a certain account is expected,
 * only that one is right. Otherwise every account is right, also one without a name.
 */
export function isRightAccount(
  record: ConnectionRecord | undefined,
  hint: string | undefined,
  name: string | undefined,
) {
  const doubted = doubtedOf(record)
  if (doubted !== undefined && (name === undefined || isSameAccount(doubted, name))) return false
  const expected = expectedOf(record, hint)
  return expected === undefined || (name !== undefined && isSameAccount(expected, name))
}

export const doubtedOf = (record: ConnectionRecord | undefined) => (record?.doubted ? record.doubtedAccount : undefined)

export const doubtedAccountOf = (name: string | undefined) => (name === undefined ? {} : { doubtedAccount: name })

/** A user has each account once. */
export const isElsewhere = (others: readonly ConnectionRecord[], name: string | undefined): boolean =>
  name !== undefined && others.some((one) => isConnectedAs(one, name))

/** Whether the account that came is connected elsewhere at this moment: for display only, `isElsewhere` decides. */
export const isConnectedAlready = ({ status, came }: ConnectionRecord, others: readonly ConnectionRecord[]): boolean =>
  status === 'wrong_account' &&
  isElsewhere(
    others.filter((one) => one.status === 'connected'),
    came,
  )

export const isConnectedAs = (record: ConnectionRecord, name: string): boolean =>
  !isLatched(record) && record.account !== undefined && isSameAccount(record.account, name)

/** Whether everything that is left to revoke belongs to other accounts. An account without a known name may be this one. */
export const isOfOthers = ({ accounts }: Revocation, name: string | undefined) =>
  name !== undefined && accounts.length > 0 && !accounts.some((one) => isSameAccount(one, name))

/** Leaves out the entry of this consent: what the vault has there now is this account's. */
export const withoutEntry = (left: Revocation, bound: VaultEntry): Revocation => ({
  ...left,
  toRead: left.toRead.filter((one) => !isOf(one, bound)),
  toForget: left.toForget.filter((one) => !isOf(one, bound)),
  bound: left.bound?.filter((one) => !isOf(one, bound)),
})
