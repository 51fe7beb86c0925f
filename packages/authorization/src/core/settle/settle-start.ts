import {
  type AuthorizationFailedCode,
  type ConnectedAccount,
  grantedOfAsked,
  type AuthorizationId as IdInSlot,
  type OfferedProvider,
  type ProviderId,
  splitScopes,
  userSessionRefOf,
} from '@agent-identity/contracts'
import type { Arrived, Connections, Who } from '../connections/connections.ts'
import { type Later, later } from '../later.ts'
import type { Authorizations } from '../need/authorizations.ts'
import type { Authorization, AuthorizationEnd, Entry, Start, StartId } from '../records.ts'
import { cancelStarts } from '../start/start-authorization.ts'
import type { Starts } from '../start/starts.ts'
import type { Vault } from '../vault.ts'

/** What the vendor says of a token. `id`: its stable id of the account; empty where it names none. */
export type VendorAccount = Omit<ConnectedAccount, 'name'> & { id: string; name?: string | undefined }

export interface SettlePorts {
  starts: Starts
  authorizations: Pick<Authorizations, 'read' | 'end'>
  connections: Pick<Connections, 'arrive' | 'leave'>
  vault: Pick<Vault, 'read'>
  offered(provider: ProviderId): OfferedProvider | undefined
  /** @returns undefined while the vendor does not say */
  accountOf(provider: ProviderId, accessToken: string): Promise<VendorAccount | undefined>
  /** Tells whatever waits, and lets it go on. Safe to repeat. */
  tell(authorization: Authorization): Promise<void>
  /** Reads under a label that was never sent. Only the first call of this process for a provider asks AgentCore. */
  probe(who: Who, provider: ProviderId, entry: Entry): Promise<void>
  alarm(what: 'completed-and-empty', about: { provider: ProviderId }): void
  requestId(): string
  clock(): number
}

/**
 * Step 10: the start's own entry is read, the vendor is asked whose token it is, and the connection's pointer moves. Any replica may do it, again and
 * again: a notification proves nothing.
 */
export async function settleStart(id: StartId, ports: SettlePorts): Promise<Later> {
  const { clock } = ports
  const start = await ports.starts.read(id)
  if (!start) return 'settled'
  const { owner, authorization: of } = start
  const authorization = await ports.authorizations.read(owner, of)
  const who: Who = {
    user: owner,
    userSession: userSessionRefOf(id as string as IdInSlot),
    requestId: ports.requestId(),
  }
  const end = (how: AuthorizationEnd) => endAuthorization(authorization, { ...how, by: id }, ports)
  const isOver = clock() >= start.expiresAt

  /** AgentCore may complete an unconfirmed one until its time is over: what is cleared before could be filled again. */
  const leave = () =>
    ports.connections.leave(
      who,
      start.provider,
      start.entry,
      start.status === 'unconfirmed' ? start.expiresAt : undefined,
    )
  const fail = async (code: AuthorizationFailedCode): Promise<Later> => {
    await end(failed(code))
    await leave()
    return 'settled'
  }

  switch (start.status) {
    case 'pending':
      if (!isOver) return { later: start.expiresAt }
      // If this fails, its return was faster.
      return (await ports.starts.change(start, { status: 'expired' })) ? 'settled' : { later: clock() }
    case 'binding':
      if (clock() < (start.bindingEndsAt ?? 0)) return { later: start.bindingEndsAt ?? clock() }
      await ports.starts.change(start, { status: 'unconfirmed' })
      return { later: clock() }
    case 'failed':
      await end(failed(start.failure === 'denied' ? 'denied' : 'failed'))
      return 'settled'
    case 'cancelled':
    case 'expired':
      return 'settled'
    default:
  }

  // Another start was faster, or it is not needed any more; or the process died after it had written down how it ended.
  if (!authorization || authorization.end) {
    if (authorization?.end?.by === id) await ports.tell(authorization)
    await leave()
    return 'settled'
  }
  const read = await ports.vault.read(who, start.entry)
  if (read.outcome === 'signed-out') return fail('failed')
  if (read.outcome !== 'token') {
    if (!isOver) return later(start.createdAt, clock())
    const isStillOpen = async () => !(await ports.authorizations.read(owner, of))?.end
    if (read.outcome === 'none' && start.status === 'bound' && (await isStillOpen()))
      ports.alarm('completed-and-empty', { provider: start.provider })
    return fail('failed')
  }
  const account = await ports.accountOf(start.provider, read.accessToken)
  if (account?.isRejected || (!account && isOver)) return fail('failed')
  if (!account) return later(start.createdAt, clock())
  const arrived = await ports.connections.arrive(who, start.provider, {
    entry: start.entry,
    account: account.id,
    name: account.name,
    granted: grantedOf(account, start, ports.offered(start.provider)),
    since: start.createdAt,
    asOf: start.asOf,
    expected: start.connection,
  })
  await end(endOf(arrived, start, account))
  await ports.probe(who, start.provider, start.entry)
  return 'settled'
}

/** The vendor may report more than this consent asked for. */
function grantedOf({ granted }: VendorAccount, { entry }: Start, offered: OfferedProvider | undefined): string {
  if (!granted) return entry.scopes
  const asked = splitScopes(entry.scopes)
  return (offered ? grantedOfAsked(offered, granted, asked) : granted).join(' ')
}

const failed = (code: AuthorizationFailedCode, came?: string): AuthorizationEnd => ({
  outcome: 'failed',
  code,
  ...(came === undefined ? {} : { came }),
})

function endOf(arrived: Arrived, start: Start, { name }: VendorAccount): AuthorizationEnd {
  switch (arrived.outcome) {
    case 'connected':
      return { outcome: 'connected', by: start.id, connection: arrived.connection.id, scopes: start.entry.scopes }
    case 'wrong-account':
    case 'account-is-connected':
      return failed('wrong_account', name)
    case 'ended':
      return failed('cancelled')
    case 'too-many':
      return failed('failed')
  }
}

/** The first end stands. The other starts are called off, and what waits is told, also when this step is repeated. */
export async function endAuthorization(
  authorization: Authorization | undefined,
  how: AuthorizationEnd,
  ports: { authorizations: Pick<Authorizations, 'end'> } & Pick<SettlePorts, 'starts' | 'tell'>,
): Promise<void> {
  const ended = authorization && (await ports.authorizations.end(authorization.owner, authorization.id, how))
  if (!ended) return
  await cancelStarts(
    ended.starts.filter((one) => one !== ended.end?.by),
    ports.starts,
  )
  await ports.tell(ended)
}
