import { type ConnectionRecord, isLatched, type Revocation, type VaultEntry } from '@agent-identity/contracts'
import { isOf, isSameAccount } from './asking.ts'

/** The account that its user asked for by name; otherwise the one that they had, unless they doubt one whose name is known. */
export function expectedOf(record: ConnectionRecord | undefined, hint: string | undefined): string | undefined {
  return hint ?? (doubtedOf(record) === undefined ? record?.account : undefined)
}

/** An account that the vendor does not name may be the doubted one, and is not known to be the expected one. */
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

/** Whether another connection has the account at this moment. This is for display: `isElsewhere` decides. */
export const isConnectedAlready = ({ status, came }: ConnectionRecord, others: readonly ConnectionRecord[]): boolean =>
  status === 'wrong_account' &&
  isElsewhere(
    others.filter((one) => one.status === 'connected'),
    came,
  )

export const isConnectedAs = (record: ConnectionRecord, name: string): boolean =>
  !isLatched(record) && record.account !== undefined && isSameAccount(record.account, name)

/** Whether what is left to revoke is of other accounts. False also when that is not known: `name`, or one of those accounts, is unknown. */
export const isOfOthers = ({ accounts, hasUnnamed }: Revocation, name: string | undefined) =>
  name !== undefined && !hasUnnamed && accounts.length > 0 && !accounts.some((one) => isSameAccount(one, name))

/** By now, the vault's token at the entry `bound` is of a later consent than what is left to revoke. */
export const withoutEntry = (left: Revocation, bound: VaultEntry): Revocation => ({
  ...left,
  toRead: left.toRead.filter((one) => !isOf(one, bound)),
  toForget: left.toForget.filter((one) => !isOf(one, bound)),
  bound: left.bound?.filter((one) => !isOf(one, bound)),
})
