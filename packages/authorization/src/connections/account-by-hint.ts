import { createSecretKey } from 'node:crypto'
import {
  ACCOUNTS_PER_PROVIDER,
  AGENTCORE_AUTHORIZATION_SECONDS,
  ConnectionId,
  type ConnectionRecord,
  type ConnectionRef,
  isEnded,
  type KeyRing,
  PENDING_AUTHORIZATION_GRACE_SECONDS,
  type PendingAuthorization,
  type ProviderId,
  type UserRef,
} from '@agent-identity/contracts'
import { type Clock, deriveSecrets, keyedFingerprint } from '@agent-identity/service-runtime'
import type { Account } from './account.ts'
import { isSameAccount } from './asking.ts'
import type { ConnectionRecords } from './connection-records.ts'
import { isUnderWay } from './connection-state.ts'

/**
 * The id of a new account is derived from its name: concurrent requests must not make two records of one entry of the token vault. The derivation
 * has a key, so that the id says nothing about the name.
 */
export function createAccountByHint(dependencies: {
  records: Pick<ConnectionRecords, 'readAll' | 'forget'>
  authorizations: { listOfUser(user: UserRef): Promise<readonly { record: PendingAuthorization }[]> }
  connectionKeys: KeyRing
  clock: Clock
}) {
  const { records, authorizations, connectionKeys, clock } = dependencies
  const keys = deriveSecrets(connectionKeys, 'connection id').map((secret) => createSecretKey(secret, 'utf8'))

  return async function byHint(user: UserRef, provider: ProviderId, hint: string): Promise<Account | 'too-many'> {
    const all = await records.readAll(user, provider)
    // The account that was asked for without a name may have this name at the vendor.
    const found =
      all.find(({ record }) => record.hint !== undefined && isSameAccount(record.hint, hint)) ??
      all.find(({ ref, record }) => !ref.named && isUsedAs(record, hint))
    if (found) return found
    const name = hint.normalize('NFC').trim().toLowerCase()
    // While keys rotate, the same name must not become a second account.
    const refs = keys.map((key): ConnectionRef & { named: ConnectionId } => {
      const named = ConnectionId.parse(keyedFingerprint(key, 'account', `${user} ${provider} ${name}`).slice(0, 11))
      return { user, provider, named }
    })
    const unreadable = all.find((one) => refs.some(({ named }) => one.ref.named === named))
    if (unreadable) return unreadable
    const [first, ...before] = refs
    if (!first) throw new Error('There is no key to name an account with')
    // An open consent may add an account, of which there is no record yet.
    const asked = (await authorizations.listOfUser(user))
      .filter(({ record }) => record.provider === provider && isUnderWay(record, clock()))
      .map(({ record }) => record.named)
    const ref = before.findLast(({ named }) => asked.includes(named)) ?? first
    const others = new Set([...all.map((one) => one.ref.named), ...asked])
    others.delete(ref.named)
    const tooMany = Math.max(others.size + 1 - ACCOUNTS_PER_PROVIDER, 0)
    const oldest = all
      .filter(({ record }) => record.status === 'disconnected' && endOf(record) <= clock() - ENDED_KEPT_MS)
      .filter((one) => !asked.includes(one.ref.named))
      .sort((one, other) => endOf(one.record) - endOf(other.record))
      .slice(0, tooMany)
    if (oldest.length < tooMany) return 'too-many'
    for (const one of oldest) if (!(await records.forget(one.ref))) return 'too-many'
    return { ref, record: undefined }
  }
}

/** A consent from before the connection ended may still be under way: because of the generation in the record, it connects nothing. */
const ENDED_KEPT_MS = (AGENTCORE_AUTHORIZATION_SECONDS + PENDING_AUTHORIZATION_GRACE_SECONDS) * 1_000

/** After a doubt, a name that its user types means another account. */
const isUsedAs = (record: ConnectionRecord, name: string) =>
  !isEnded(record) && !record.doubted && record.account !== undefined && isSameAccount(record.account, name)

const endOf = ({ disconnectedAt = 0 }: ConnectionRecord) => disconnectedAt
