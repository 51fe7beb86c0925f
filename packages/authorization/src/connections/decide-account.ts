import {
  type AcceptRequest,
  type ConnectedAccount,
  type ConnectionId,
  type DoubtRequest,
  type OfferedProvider,
  splitScopes,
} from '@agent-identity/contracts'
import type { Audit } from '@agent-identity/service-runtime'
import type { AskedFor } from '../asked-for.ts'
import type { AccessRequest, ExistingToken } from '../request-authorization.ts'
import type { KnownAccount } from './account.ts'
import type { Accounts } from './accounts.ts'
import { askedAs, isSameAccount } from './asking.ts'
import { type Asker, askAgain, type ConnectAccountPorts, type ConnectOutcome, letGo } from './connect-account.ts'
import { type ConnectionCalls, undefinedIfDisconnected } from './connection-calls.ts'
import { stateOf, whichOf } from './connection-state.ts'
import type { Connections } from './connections.ts'
import type { Disconnections } from './disconnections.ts'
import { isConnectedAs } from './right-account.ts'

export interface DecideAccountPorts extends ConnectAccountPorts {
  accounts: ConnectAccountPorts['accounts'] & Pick<Accounts, 'defaultOf' | 'makeDefault'>
  connections: Pick<Connections, 'accept' | 'name' | 'doubt' | 'letGo'>
  calls: Pick<ConnectionCalls, 'during' | 'calm'>
  disconnections: Pick<Disconnections, 'endUnused'>
  existingToken(request: AccessRequest): Promise<ExistingToken>
  accountOf(provider: OfferedProvider['id'], accessToken: string, signal: AbortSignal): Promise<ConnectedAccount>
  audit: Audit
}

export type Decided =
  | { outcome: 'decided'; id: ConnectionId }
  /** There is nothing to decide, or it is not what the user saw. */
  | { outcome: 'settled' }
  | ConnectOutcome

/**
 * "Use it". Where another connection has the account, that connection is used or asked for again. Where none has it, and its user had asked for
 * another account by name, the one that came is asked for again by its own name.
 *
 * @param seen what its user saw: another account may have come since
 */
export async function acceptAccount(
  who: Asker,
  provider: OfferedProvider,
  id: ConnectionId,
  seen: AcceptRequest,
  ports: DecideAccountPorts,
): Promise<Decided> {
  const account = await ports.accounts.byId(who.user, provider.id, id)
  if (!account) return { outcome: 'unknown-account' }
  const { ref, record } = account
  const isSeen = (name: string | undefined) => name === seen.account && record.generation === seen.generation
  if (record.status === 'connected') return isSeen(record.account) ? { outcome: 'decided', id } : { outcome: 'settled' }
  if (record.status !== 'wrong_account' || !isSeen(record.came)) return { outcome: 'settled' }
  const { came, hint } = record
  // The vendor did not name the account: the user has not seen a name.
  if (came === undefined) return nameAccount(who, provider, account, ports)
  // A user has each account once.
  const own = (await ports.accounts.list(who.user, provider.id)).find(
    (one) => one.ref.named !== ref.named && isConnectedAs(one.record, came),
  )
  if (own || (hint !== undefined && !isSameAccount(hint, came)))
    return underItsOwnName(who, provider, account, { came, own }, ports)
  const accepted = await ports.connections.accept(ref, came, record.generation)
  if (!accepted) return { outcome: 'settled' }
  const { userSession, requestId } = who
  ports.audit({ event: 'account_accepted', ...whichOf(ref), userSession, requestId, account: `${provider.id} ${came}` })
  if (record.boundBy) await ports.notify(record.boundBy)
  return { outcome: 'decided', id }
}

/**
 * "Not the right one?": calls with the account are aborted, none begins, and a new consent is asked for.
 *
 * @param seen what its user saw: another account may have come since
 */
export async function doubtAccount(
  who: Asker,
  provider: OfferedProvider,
  id: ConnectionId,
  seen: DoubtRequest,
  ports: DecideAccountPorts,
): Promise<Decided> {
  const account = await ports.accounts.byId(who.user, provider.id, id)
  if (!account) return { outcome: 'unknown-account' }
  const { ref, record: before } = account
  const record = await ports.connections.doubt(ref, seen.account)
  if (!record) return { outcome: 'settled' }
  const { userSession, requestId } = who
  ports.audit({ event: 'account_doubted', ...whichOf(ref), userSession, requestId })
  await ports.calls.calm(ref)
  const asked = await askAgain(who, provider, { ref, record }, ports)
  if (before.boundBy) await ports.notify(before.boundBy)
  return asked
}

async function underItsOwnName(
  who: Asker,
  provider: OfferedProvider,
  { ref, record }: KnownAccount,
  { came, own: connected }: { came: string; own: KnownAccount | undefined },
  ports: DecideAccountPorts,
): Promise<Decided> {
  const own = connected ?? (await ports.accounts.byHint(who.user, provider.id, came))
  if (own === 'too-many') return { outcome: 'too-many-accounts' }
  const asked: Decided =
    own.record?.status === 'connected'
      ? { outcome: 'decided', id: own.record.id }
      : await askAgain(who, provider, own, ports, came)
  if (asked.outcome !== 'authorization' && asked.outcome !== 'decided') return asked
  if (connected) await replaceDefault(who, { ref, record }, connected, ports)
  // A connection that was connected before is kept: its user may connect that account again.
  if (record.connectedAt === undefined) await ports.disconnections.endUnused({ ...who, ...ref })
  await letGo(ref, record, ports)
  return asked
}

async function replaceDefault(
  { user, userSession, requestId }: Asker,
  before: KnownAccount,
  { ref, record }: KnownAccount,
  { accounts, audit }: DecideAccountPorts,
): Promise<void> {
  const byDefault = await accounts.defaultOf(user, ref.provider, await accounts.list(user, ref.provider))
  if (byDefault?.ref.named !== before.ref.named) return
  await accounts.makeDefault(user, ref.provider, record.id)
  audit({ event: 'default_account_chosen', ...whichOf(ref), userSession, requestId })
}

async function nameAccount(
  who: Asker,
  provider: OfferedProvider,
  { ref, record }: KnownAccount,
  ports: DecideAccountPorts,
): Promise<Decided> {
  const access: AccessRequest = { ...who, ...readAs(provider, { ref, record }) }
  const token = await ports.existingToken(access)
  if (token.outcome === 'none') return askAgain(who, provider, { ref, record }, ports)
  if (token.outcome !== 'token') return { outcome: 'unavailable' }
  const account = await ports.calls
    .during(
      ref,
      (signal) => ports.accountOf(provider.id, token.accessToken, signal),
      (now) => now?.status === 'wrong_account' && now.generation === record.generation,
    )
    .catch(undefinedIfDisconnected)
  if (!account) return { outcome: 'settled' }
  // The vendor rejects the token: the account's name cannot be read with it.
  if (account.isRejected) return askAgain(who, provider, { ref, record }, ports)
  const { name } = account
  if (name === undefined) return { outcome: 'unavailable' }
  const named = await ports.connections.name(ref, name, record.generation)
  if (named && named.status !== 'wrong_account')
    ports.audit({
      event: 'account_connected',
      ...whichOf(ref),
      userSession: who.userSession,
      requestId: who.requestId,
      account: `${provider.id} ${name}`,
    })
  if (record.boundBy) await ports.notify(record.boundBy)
  return named ? { outcome: 'decided', id: record.id } : { outcome: 'settled' }
}

const readAs = (provider: OfferedProvider, { ref, record }: KnownAccount): AskedFor => ({
  ...askedAs(provider, ref, record),
  scopes: splitScopes(record.scopes),
  ...stateOf(record),
})
