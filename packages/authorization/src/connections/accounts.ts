import {
  type ConnectionId,
  type ConnectionRecord,
  isEnded,
  isLatched,
  type ProviderId,
  type UserRef,
} from '@agent-identity/contracts'
import type { AccountNames } from '../resource-access.ts'
import { type Account, type KnownAccount, nameOf } from './account.ts'
import type { createAccountByHint } from './account-by-hint.ts'
import { isSameAccount } from './asking.ts'
import type { ConnectionReader, ConnectionRecords } from './connection-records.ts'

export function createAccounts({ records }: { records: Pick<ConnectionReader, 'readAll' | 'readDefault'> }) {
  /** An account that was asked for by name and has ended is listed only if its record says when it was connected. */
  const list = async (user: UserRef, provider: ProviderId): Promise<KnownAccount[]> => {
    const all = (await records.readAll(user, provider)).filter(
      ({ ref, record }) => !(ref.named && isEnded(record) && record.connectedAt === undefined),
    )
    return all.sort(inOrder)
  }

  async function defaultOf(user: UserRef, provider: ProviderId, accounts: readonly KnownAccount[]) {
    const chosen = await records.readDefault(user, provider)
    const byAge = accounts.toSorted((one, other) => ageOf(one) - ageOf(other))
    const isChosen = ({ record }: KnownAccount) => record.id === chosen
    return (
      byAge.find((one) => isChosen(one) && !isEnded(one.record)) ??
      byAge.find(({ record }) => !isLatched(record) || (!isEnded(record) && record.connectedAt !== undefined)) ??
      byAge.find(({ record }) => !isEnded(record)) ??
      byAge.find(isChosen) ??
      byAge[0]
    )
  }

  return {
    list,

    /** Those that have not ended come first; among them, the user's choice. */
    defaultOf,

    async byId(user: UserRef, provider: ProviderId, id: ConnectionId): Promise<KnownAccount | undefined> {
      return (await list(user, provider)).find(({ record }) => record.id === id)
    },

    /** @returns undefined unless the user has several accounts, and the name of one is known */
    async namesOf(user: UserRef, provider: ProviderId): Promise<AccountNames | undefined> {
      const accounts = (await list(user, provider)).filter(({ record }) => !isEnded(record))
      const names = [...new Set(accounts.flatMap(({ record }) => nameOf(record) ?? []))]
      if (accounts.length < 2 || names.length === 0) return undefined
      const byDefault = await defaultOf(user, provider, accounts)
      return { names, byDefault: byDefault && nameOf(byDefault.record) }
    },

    /** @param name as the user knows it; without one, the default */
    async choose(user: UserRef, provider: ProviderId, name?: string): Promise<Account | undefined> {
      const accounts = await list(user, provider)
      const byDefault = await defaultOf(user, provider, accounts)
      if (!name?.trim()) return byDefault ?? { ref: { user, provider, named: undefined }, record: undefined }
      const ofName = accounts.filter(({ record }) => isOfName(record, name))
      return ofName.find((one) => one === byDefault) ?? ofName.find(({ record }) => !isLatched(record)) ?? ofName[0]
    },
  }
}

export type Accounts = ReturnType<typeof createAccounts> & {
  byHint: ReturnType<typeof createAccountByHint>
  makeDefault: ConnectionRecords['writeDefault']
}

function isOfName(record: ConnectionRecord, name: string): boolean {
  const known = nameOf(record)
  return known !== undefined && isSameAccount(known, name)
}

const ageOf = ({ record }: KnownAccount) => record.addedAt ?? record.connectedAt ?? 0

function inOrder(one: KnownAccount, other: KnownAccount): number {
  if (one.ref.named === undefined || other.ref.named === undefined) return one.ref.named === undefined ? -1 : 1
  return (nameOf(one.record) ?? '').localeCompare(nameOf(other.record) ?? '', 'en')
}
