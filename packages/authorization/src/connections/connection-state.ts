import {
  type ConnectionRecord,
  type ConnectionRef,
  type EndedEntry,
  isEnded,
  isLatched,
  type PendingAuthorization,
  type VaultEntry,
} from '@agent-identity/contracts'
import { isOf } from './asking.ts'

/** What an authorization keeps of its connection. A consent of an earlier generation connects nothing. */
export const stateOf = (record: ConnectionRecord | undefined) => ({
  generation: record?.generation ?? 0,
  ...(record && isEnded(record) && { disconnectedAt: record.disconnectedAt }),
})

/**
 * Whether the vault's token for this request may be from before its user disconnected, of an account in doubt, or of a consent whose account was
 * not compared. Without a record none of this is known, and the user could not end what is used.
 */
export const needsNewConsent = (
  connection: ConnectionRecord | undefined,
  { scopes, parameters }: { scopes: readonly string[]; parameters: VaultEntry['parameters'] },
): boolean => {
  const isThis = (one: EndedEntry) => isOf(one, { scopes: scopes.join(' '), parameters })
  if (!connection) return true
  if (isLatched(connection) || connection.ended.some(isThis)) return true
  return connection.onlyBound === true && !connection.entries.some(isThis)
}

/**
 * Whether the next record is `onlyBound`: the vault may have entries of a lost record, of before a disconnection, or of a consent that was asked for
 * once the connection had ended and whose account is not compared yet. Only records of an earlier version are not `onlyBound`.
 */
export const isOnlyBound = (record: ConnectionRecord | undefined): boolean =>
  record === undefined || record.onlyBound === true || isEnded(record)

/** Whether a call may begin or go on with a token of this generation. */
export const isStill =
  (generation: number) =>
  (record: ConnectionRecord | undefined): boolean =>
    record !== undefined && !isLatched(record) && record.generation === generation

/** Whether a consent may still connect: of a bound one, the connection may not be written yet. */
export const isUnderWay = ({ status, expiresAt }: PendingAuthorization, now: number): boolean =>
  status === 'pending' ? now < expiresAt : status === 'binding' || status === 'bound' || status === 'unconfirmed'

/** Whether the same entry of the vault was connected in a later generation, after session binding's call for this consent was over. */
export const isReplaced = (
  {
    scopes,
    parameters,
    generation = 0,
    bindingEndsAt,
    expiresAt,
  }: PendingAuthorization & Pick<VaultEntry, 'parameters'>,
  connection: ConnectionRecord | undefined,
): boolean =>
  connection?.status === 'connected' &&
  connection.generation > generation &&
  (connection.connectedAt ?? 0) > (bindingEndsAt ?? expiresAt) &&
  isOf(connection, { scopes, parameters })

export const whichOf = ({ user, provider, named }: ConnectionRef) => ({
  user,
  provider,
  ...(named === undefined ? {} : { accountId: named }),
})
