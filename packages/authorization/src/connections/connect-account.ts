import {
  type AuthorizationId,
  type ConnectionRecord,
  type ConnectRequest,
  isEnded,
  type OfferedProvider,
  scopesToAsk,
  splitScopes,
  type UserRef,
  type UserSessionRef,
} from '@agent-identity/contracts'
import type { AskedAs, AskedFor } from '../asked-for.ts'
import type { AccessOutcome, AccessRequest } from '../request-authorization.ts'
import type { Account } from './account.ts'
import type { Accounts } from './accounts.ts'
import { askedAs, askingFor } from './asking.ts'
import { stateOf } from './connection-state.ts'
import type { Connections } from './connections.ts'

export interface Asker {
  user: UserRef
  userSession: UserSessionRef
  requestId: string
}

export interface ConnectAccountPorts {
  accounts: Pick<Accounts, 'list' | 'byId' | 'byHint' | 'choose'>
  connections: Pick<Connections, 'letGo'>
  authorizations: { findActive(ref: UserSessionRef, asked: AskedFor): Promise<AuthorizationId | undefined> }
  requestAccess(request: AccessRequest): Promise<AccessOutcome>
  notify(id: AuthorizationId): Promise<void>
}

export type ConnectOutcome =
  | { outcome: 'authorization'; id: AuthorizationId }
  | { outcome: 'unknown-account' | 'too-many-accounts' | 'signed-out' | 'too-many' | 'not-offered' | 'unavailable' }
  | { outcome: 'unusable'; why: string }

/** Without an account and a hint, the user's default account is asked for. */
export async function connectAccount(
  who: Asker,
  provider: OfferedProvider,
  wanted: ConnectRequest,
  ports: ConnectAccountPorts,
): Promise<ConnectOutcome> {
  const hint = wanted.hint || undefined
  if (wanted.account && (hint || wanted.anotherAccount))
    return { outcome: 'unusable', why: 'Send an account, or the name of another one.' }
  if (wanted.anotherAccount && !hint)
    return { outcome: 'unusable', why: 'Say which account: without a name it is the same.' }
  if (hint && !provider.accountChoice)
    return { outcome: 'unusable', why: `${provider.displayName} cannot be asked for a certain account.` }
  const { user } = who
  if (!hint) {
    const account = await (wanted.account
      ? ports.accounts.byId(user, provider.id, wanted.account)
      : ports.accounts.choose(user, provider.id))
    return account ? askAgain(who, provider, account, ports) : { outcome: 'unknown-account' }
  }
  const found = await ports.accounts.byHint(user, provider.id, hint)
  if (found === 'too-many') return { outcome: 'too-many-accounts' }
  return askAgain(who, provider, found, ports, hint)
}

/** @param hint only for a `named` account, and only where its record has none */
export async function askAgain(
  who: Asker,
  provider: OfferedProvider,
  { ref, record }: Account,
  ports: ConnectAccountPorts,
  hint?: string,
): Promise<ConnectOutcome> {
  const chooser = record?.status === 'wrong_account'
  // Unless it has ended or is `wrong_account`, a connection keeps its parameters and, for the same scopes, its entry of the token vault.
  const asked: AskedAs =
    record && !chooser && !isEnded(record) && record.parameters
      ? askedAs(provider, ref, record)
      : askingFor(provider, ref, { hint: ref.named && (record?.hint ?? hint), chooser })
  const scopes = scopesToAsk(provider, splitScopes(record?.scopes))
  const access = { ...asked, ...who, scopes, ...stateOf(record) }
  const active = await ports.authorizations.findActive(who.userSession, access)
  const reply: AccessOutcome = active
    ? { outcome: 'authorization-required', authorizationId: active }
    : await ports.requestAccess({ ...access, forceAuthentication: true })
  if (reply.outcome === 'authorization-required') {
    // Turns of this user session that wait for a decision can wait for this consent from now on.
    if (chooser) await letGo(ref, record, ports)
    return { outcome: 'authorization', id: reply.authorizationId }
  }
  return reply.outcome === 'token' ? { outcome: 'unavailable' } : reply
}

export async function letGo(
  ref: Account['ref'],
  record: ConnectionRecord | undefined,
  { connections, notify }: Pick<ConnectAccountPorts, 'connections' | 'notify'>,
): Promise<void> {
  await connections.letGo(ref)
  if (record?.boundBy) await notify(record.boundBy)
}
