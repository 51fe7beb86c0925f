import {
  type Authorization,
  type AuthorizationEnd,
  type AuthorizationFailedCode,
  type ConnectedAccount,
  type ConnectionsAt,
  type Entry,
  grantedOfAsked,
  type OfferedProvider,
  type ProviderId,
  type Start,
  type StartId,
  splitScopes,
  userSessionRefOf,
} from '@agent-identity/contracts'
import type { Audit } from '@agent-identity/service-runtime'
import type { Arrived, Connections, Who } from '../connections/connections.ts'
import { isSameEntry } from '../entry.ts'
import { type Later, later } from '../later.ts'
import type { Authorizations, EndedBy } from '../need/authorizations.ts'
import { cancelStarts } from '../start/start-authorization.ts'
import type { Starts } from '../start/starts.ts'
import type { Alarm, Vault } from '../vault.ts'

export interface SettlePorts {
  starts: Starts
  authorizations: Pick<Authorizations, 'read' | 'end' | 'forgetWaits'>
  connections: Pick<Connections, 'read' | 'arrive' | 'leave'>
  vault: Pick<Vault, 'read'>
  offered(provider: ProviderId): OfferedProvider | undefined
  /** @returns undefined while the vendor does not say; without an id where the provider's folder names no account */
  accountOf(provider: ProviderId, accessToken: string): Promise<ConnectedAccount | undefined>
  /** Tells whatever waits, and lets it go on. */
  tell(authorization: Authorization): Promise<void>
  /** Reads under a label that was never sent. Only the first call of this process for a provider asks AgentCore. */
  probe(who: Who, provider: ProviderId, entry: Entry): Promise<void>
  alarm: Alarm
  audit: Audit
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
    userSession: userSessionRefOf(id),
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
      if (await ports.starts.change(start, { status: 'unconfirmed' }))
        ports.audit({ event: 'binding_unconfirmed', ...aboutStart(start), reason: 'left-behind' })
      return { later: clock() }
    case 'failed':
      // Without a failure it has left its browser: its user can open the link again.
      if (start.failure) await end(failed(start.failure === 'denied' ? 'denied' : 'failed'))
      return 'settled'
    case 'cancelled':
    case 'expired':
      return 'settled'
    default:
  }

  // The process died after it had written down how it ended.
  if (authorization?.end?.by === id) {
    await end(authorization.end)
    await leave()
    return 'settled'
  }
  // A record of its authorization that is gone, or does not open, must not cause a call for what is connected already.
  if (!authorization && pointsTo(await ports.connections.read(owner, start.provider), start.entry)) return 'settled'
  // Another replica may offer the provider.
  if (!ports.offered(start.provider)) return isOver ? fail('failed') : later(start.createdAt, clock())
  const asking = { authorizationId: of, correlationId: start.correlationId }
  const read = await ports.vault.read(who, start.entry, asking)
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
    account: account.id ?? '',
    name: account.name,
    granted: grantedOf(account, start, ports.offered(start.provider)),
    since: start.createdAt,
    asOf: start.asOf,
    expected: start.connection,
    // Another start was faster, or its user has called it off. Its token is revoked if nothing else has its account.
    isNeeded: authorization !== undefined && !authorization.end,
  })
  await end(endOf(arrived, start, account))
  await ports.probe(who, start.provider, start.entry)
  return 'settled'
}

/** No request is being answered here: the request id is that of the request that made the authorization, or started its turn. */
const aboutStart = ({ id, owner, authorization, provider, entry, correlationId }: Start) => ({
  user: owner,
  userSession: userSessionRefOf(id),
  requestId: correlationId,
  startId: id,
  authorizationId: authorization,
  correlationId,
  provider,
  scopes: splitScopes(entry.scopes),
})

const pointsTo = ({ connections }: ConnectionsAt, entry: Entry) =>
  connections.some((one) => isSameEntry(one.entry, entry))

/** The vendor may report more than this consent asked for. */
function grantedOf({ granted }: ConnectedAccount, { entry }: Start, offered: OfferedProvider | undefined): string {
  if (!granted) return entry.scopes
  const asked = splitScopes(entry.scopes)
  return (offered ? grantedOfAsked(offered, granted, asked) : granted).join(' ')
}

const failed = (code: AuthorizationFailedCode, account?: string): AuthorizationEnd => ({
  outcome: 'failed',
  code,
  ...(account === undefined ? {} : { account }),
})

function endOf(arrived: Arrived, start: Start, { name }: ConnectedAccount): AuthorizationEnd {
  switch (arrived.outcome) {
    case 'connected':
      return {
        outcome: 'connected',
        by: start.id,
        connection: arrived.connection.id,
        scopes: start.entry.scopes,
        ...(name === undefined ? {} : { account: name }),
      }
    case 'wrong-account':
    case 'account-is-connected':
      return failed('wrong_account', name)
    case 'ended':
      return failed('cancelled')
    case 'too-many':
      return failed('failed')
  }
}

export type EndPorts = { authorizations: Pick<Authorizations, 'end' | 'forgetWaits'> } & Pick<
  SettlePorts,
  'starts' | 'tell'
>

/** The first end stands. The other starts are called off, and what waits is told once more when this step is repeated before it was written down. */
export async function endAuthorization(
  authorization: Authorization | undefined,
  how: AuthorizationEnd,
  ports: EndPorts,
  by?: EndedBy,
): Promise<void> {
  if (!authorization) return
  const { owner, id } = authorization
  const ended = await ports.authorizations.end(owner, id, how, by)
  if (!ended) return
  await cancelStarts(
    ended.starts.filter((one) => one !== ended.end?.by),
    ports.starts,
  )
  await ports.tell(ended)
  await ports.authorizations.forgetWaits(owner, id)
}
