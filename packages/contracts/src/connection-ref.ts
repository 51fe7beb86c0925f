import { ConnectionId } from './connection.ts'
import { UserRef } from './identifiers.ts'
import { ProviderId } from './provider.ts'

/**
 * `named`: the id of an account that the user asked for by name. At a provider a user has at most one account without a name: two
 * would share an entry of the token vault.
 */
export interface ConnectionRef {
  user: UserRef
  provider: ProviderId
  named: ConnectionId | undefined
}

export const connectionKey = (user: UserRef, provider: ProviderId) => `connection:{${user}}:${provider}`
export const connectionField = ({ named }: Pick<ConnectionRef, 'named'>) => named ?? 'record'
export const DEFAULT_ACCOUNT_FIELD = 'default'
/** Of one user, with those of open consents. At the limit, only one that is `disconnected`, and was ended 20 minutes ago or earlier, makes room. */
export const ACCOUNTS_PER_PROVIDER = 20

const suffixOf = ({ named }: ConnectionRef) => (named === undefined ? '' : `:${named}`)

/** A sorted set: calls to the vendor that are under way, by when they are over at the latest. */
export const vendorCallsKey = (ref: ConnectionRef) => `vendor-calls:{${ref.user}}:${ref.provider}${suffixOf(ref)}`
export const revocationKey = (ref: ConnectionRef) => `revocation:{${ref.user}}:${ref.provider}${suffixOf(ref)}`

/** `<user ref> <provider>`, and the id of a named account. */
export type DisconnectionId = string & { readonly disconnection: unique symbol }

export const disconnectionIdOf = ({ user, provider, named }: ConnectionRef) =>
  [user, provider, ...(named === undefined ? [] : [named])].join(' ') as DisconnectionId

export function parseDisconnectionId(text: string): ConnectionRef | undefined {
  const [first, second, third, ...more] = text.split(' ')
  const user = UserRef.safeParse(first).data
  const provider = ProviderId.safeParse(second).data
  const named = ConnectionId.optional().safeParse(third)
  return user && provider && named.success && more.length === 0 ? { user, provider, named: named.data } : undefined
}
