import type {
  Authorization,
  ConnectionsAt,
  ConnectRequest,
  OfferedProvider,
  UserSessionRef,
} from '@agent-identity/contracts'
import type { Authorizations, Need } from '../need/authorizations.ts'
import type { Connections, Who } from './connections.ts'
import { defaultOf, find, hasRoom, isLive } from './decide.ts'

export interface WantedAccount extends ConnectRequest {
  provider: OfferedProvider
}

export type ConnectOutcome =
  | { outcome: 'authorization'; authorization: Authorization }
  | { outcome: 'unknown-account' | 'too-many-accounts' | 'too-many' }
  | { outcome: 'unusable'; why: string }

/** On the page of connected accounts. Without an account and a hint, the user's default account is connected again. */
export async function connectAccount(
  who: Who & { userSession: UserSessionRef },
  wanted: WantedAccount,
  ports: {
    connections: Pick<Connections, 'read'>
    authorizations: Pick<Authorizations, 'open'>
    clock(): number
  },
): Promise<ConnectOutcome> {
  const { provider } = wanted
  const hint = wanted.hint || undefined
  if (wanted.account && (hint || wanted.anotherAccount))
    return { outcome: 'unusable', why: 'Send an account, or the name of another one.' }
  if (hint && !provider.accountChoice)
    return { outcome: 'unusable', why: `${provider.displayName} cannot be asked for a certain account.` }
  const at = await ports.connections.read(who.user, provider.id)
  const asked = wantedOf(at, { ...wanted, hint })
  if (!asked) return { outcome: 'unknown-account' }
  if (asked.connection === undefined && !hasRoom(at, ports.clock())) return { outcome: 'too-many-accounts' }
  const opened = await ports.authorizations.open({
    owner: who.user,
    provider: provider.id,
    displayName: provider.displayName,
    userSession: who.userSession,
    correlationId: who.requestId,
    ...asked,
  })
  return opened.outcome === 'open' ? { outcome: 'authorization', authorization: opened.authorization } : opened
}

/** @returns undefined for an account that is not there */
function wantedOf(
  at: ConnectionsAt,
  { account, hint, anotherAccount }: Omit<WantedAccount, 'provider'>,
): Pick<Need, 'connection' | 'hint' | 'chooser'> | undefined {
  if (account) {
    const one = find(at, account)
    if (!one) return undefined
    // Another account than the expected one came: the vendor would silently choose it again.
    if (one.status === 'wrong_account') {
      const expected = find(at, one.insteadOf)
      return { ...(isLive(expected) ? askingFor(expected) : {}), chooser: true }
    }
    return isLive(one) ? askingFor(one) : one.name === undefined ? {} : { hint: one.name }
  }
  if (hint || anotherAccount) return { ...(hint && { hint }), ...(anotherAccount && { chooser: true }) }
  const byDefault = defaultOf(at)
  return byDefault ? askingFor(byDefault) : {}
}

const askingFor = ({ id, name }: { id: NonNullable<Need['connection']>; name?: string | undefined }) => ({
  connection: id,
  ...(name === undefined ? {} : { hint: name }),
})
