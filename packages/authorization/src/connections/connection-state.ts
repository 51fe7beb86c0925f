import { type ConnectionRecord, isLatched, type PendingAuthorization } from '@agent-identity/contracts'

/** What an authorization keeps of its connection: it connects nothing any more when the user has disconnected since. */
export const stateOf = ({ generation, status, disconnectedAt }: ConnectionRecord) => ({
  generation,
  ...(isLatched({ status }) && { disconnectedAt }),
})

/** A token that the vault had before its user disconnected is not used, whether or not the vendor has ended it. */
export const needsNewConsent = (connection: ConnectionRecord | undefined, scopes: readonly string[]): boolean =>
  isLatched(connection) || connection?.ended.includes(scopes.join(' ')) === true

/** Whether a call may begin or go on with a token of this generation of the connection. */
export const isStill =
  (generation: number | undefined) =>
  (record: ConnectionRecord | undefined): boolean =>
    !isLatched(record) && (record?.generation ?? 0) === generation

/** Whether a consent may still connect: until its connection is written, also when it is bound already. */
export const isUnderWay = ({ status, expiresAt }: PendingAuthorization, now: number): boolean =>
  status === 'pending' ? now < expiresAt : status === 'binding' || status === 'bound' || status === 'unconfirmed'
