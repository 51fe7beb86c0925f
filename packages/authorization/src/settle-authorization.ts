import {
  type AuthorizationFailedCode,
  type AuthorizationId,
  type ConnectionRecord,
  connectionOf,
  type OfferedProviders,
  type PendingAuthorization,
  splitScopes,
  type TurnEvent,
  type UserRef,
  type UserSessionRef,
  userSessionRefOf,
  type WaiterId,
} from '@agent-identity/contracts'
import type { Audit, Clock } from '@agent-identity/service-runtime'
import type { Connect } from './connections/connect.ts'
import { isReplaced } from './connections/connection-state.ts'
import type { Connections } from './connections/connections.ts'
import { expectedOf, isConnectedAlready } from './connections/right-account.ts'
import type { AccessRequest, ExistingToken } from './request-authorization.ts'
import { keepUncompared, parametersOf } from './uncompared-consents.ts'

export interface SettleAuthorizationPorts {
  authorizations: {
    read(id: AuthorizationId): Promise<PendingAuthorization | undefined>
    end(id: AuthorizationId, status: 'cancelled' | 'expired'): Promise<boolean>
    abandon(id: AuthorizationId): Promise<boolean>
    conclude(id: AuthorizationId, status: 'bound' | 'failed'): Promise<void>
    lookAgainAt(id: AuthorizationId, time: number): Promise<void>
    waiters(id: AuthorizationId): Promise<WaiterId[]>
    release(id: AuthorizationId, record: PendingAuthorization): Promise<void>
    forgetWaiters(id: AuthorizationId): Promise<void>
    forgetExpiry(id: AuthorizationId): Promise<void>
  }
  existingToken(request: AccessRequest): Promise<ExistingToken>
  connections: Pick<Connections, 'find' | 'othersOf' | 'keepForRevocation'>
  connect: Connect
  offered: OfferedProviders
  /** For turns, and for consent requests of MCP clients. */
  waiting: {
    /** The set of waiters is not sealed: it may have other users' waiters. */
    isOf(waiter: WaiterId, person: { owner: UserRef; userSession: UserSessionRef }): Promise<boolean>
    tell(waiter: WaiterId, event: TurnEvent): Promise<void>
    resume(waiter: WaiterId): Promise<void>
    isCalledOff?(waiter: WaiterId): Promise<boolean>
  }
  audit: Audit
  clock: Clock
}

/**
 * Step 10. Safe to call at any time, and to repeat: the record decides whether there is an outcome.
 *
 * @returns with `later` the time (Unix, ms) of the next check
 */
export async function settleAuthorization(
  id: AuthorizationId,
  ports: SettleAuthorizationPorts,
): Promise<'settled' | { later: number }> {
  const record = await ports.authorizations.read(id)
  if (!record) {
    await ports.authorizations.forgetWaiters(id)
    await ports.authorizations.forgetExpiry(id)
    return 'settled'
  }
  const now = ports.clock()
  if (record.status === 'pending') {
    if (now >= record.expiresAt) {
      if (await ports.authorizations.end(id, 'expired')) ports.audit({ event: 'expired', ...about(id, record) })
    } else {
      if (!(await isCalledOff(id, record, ports))) return { later: record.expiresAt }
      if (await ports.authorizations.end(id, 'cancelled')) ports.audit({ event: 'cancelled', ...about(id, record) })
    }
    return settleAuthorization(id, ports)
  }
  if (record.status === 'binding') {
    const endsAt = record.bindingEndsAt ?? 0
    if (now < endsAt) return { later: endsAt }
    if (await ports.authorizations.abandon(id))
      ports.audit({ event: 'binding_unconfirmed', ...about(id, record), reason: 'left-behind' })
    return settleAuthorization(id, ports)
  }

  const { later, event, held } = await endOf(id, record, ports)
  if (held) await tell(id, record, held, ports)
  if (event) {
    // The connection is stored before the release: in the other order, a request in between could lead to another consent.
    await ports.authorizations.release(id, record)
    await tell(id, record, event, ports, 'resume')
    await ports.authorizations.forgetWaiters(id)
  }
  if (later === undefined) {
    await ports.authorizations.forgetExpiry(id)
    return 'settled'
  }
  await ports.authorizations.lookAgainAt(id, later)
  return { later }
}

async function tell(
  id: AuthorizationId,
  { owner }: PendingAuthorization,
  event: TurnEvent,
  ports: SettleAuthorizationPorts,
  resume?: 'resume',
): Promise<void> {
  const person = { owner, userSession: userSessionRefOf(id) }
  for (const waiter of await ports.authorizations.waiters(id)) {
    // The event may contain the account: another user must not get it.
    if (!(await ports.waiting.isOf(waiter, person))) continue
    await ports.waiting.tell(waiter, event)
    if (resume) await ports.waiting.resume(waiter)
  }
}

async function isCalledOff(id: AuthorizationId, record: PendingAuthorization, ports: SettleAuthorizationPorts) {
  const { isCalledOff: calledOff, isOf } = ports.waiting
  if (!calledOff) return false
  const person = { owner: record.owner, userSession: userSessionRefOf(id) }
  let any = false
  for (const waiter of await ports.authorizations.waiters(id)) {
    if (!(await isOf(waiter, person))) continue
    if (!(await calledOff(waiter))) return false
    any = true
  }
  return any
}

interface End {
  event?: TurnEvent
  later?: number
  held?: TurnEvent
}

async function endOf(id: AuthorizationId, record: PendingAuthorization, ports: SettleAuthorizationPorts): Promise<End> {
  if (record.status !== 'bound' && record.status !== 'unconfirmed') return { event: failed(id, failedCode(record)) }
  const connection = await ports.connections.find(connectionOf(record))
  // This authorization's account was compared before.
  if (connection?.boundBy === id) return ofConnection(id, record, connection, ports)
  // The vault's token is of a later consent. To connect this one would find it superseded, and would revoke that token.
  if (record.status === 'bound' && isReplaced({ ...record, parameters: parametersOf(record, ports) }, connection))
    return { event: failed(id, 'cancelled') }
  const asked = await ports.existingToken(requestFor(id, record, ports))
  // Whether our record is `bound` or `unconfirmed`, a token from AgentCore decides.
  if (asked.outcome === 'token') {
    if (record.status === 'unconfirmed') await ports.authorizations.conclude(id, 'bound')
    return connected(id, record, asked.accessToken, ports)
  }

  // Another generation: the connection has changed since its user was asked, and this authorization connects nothing any more.
  const code = (connection?.generation ?? 0) === (record.generation ?? 0) ? 'failed' : 'cancelled'
  const now = ports.clock()
  const lastLookAt = (record.bindingEndsAt ?? record.expiresAt) + LAST_LOOK_AFTER_MS
  const isLast = now >= lastLookAt
  if (asked.outcome === 'unavailable' && !isLast) return { later: now + ASK_AGAIN_MS }
  // The record is not concluded: AgentCore may still execute session binding's call.
  if (record.status === 'unconfirmed' && !isLast) return { event: failed(id, code), later: lastLookAt }
  await keepUncompared(id, record, ports)
  if (asked.outcome === 'none' && record.status === 'unconfirmed') await ports.authorizations.conclude(id, 'failed')
  return { event: failed(id, code) }
}

/** Counts from the latest end of session binding's call: AgentCore may still execute a request that was cut off. */
const LAST_LOOK_AFTER_MS = 30_000
const ASK_AGAIN_MS = 3_000

async function connected(
  id: AuthorizationId,
  record: PendingAuthorization,
  accessToken: string,
  ports: SettleAuthorizationPorts,
): Promise<End> {
  const { scopes, hint, generation = 0, correlationId: requestId } = record
  const asked = { ...connectionOf(record), scopes, hint, generation, parameters: parametersOf(record, ports) }
  const connected = await ports.connect(
    { ...asked, userSession: userSessionRefOf(id), requestId, authorizationId: id, expiresAt: record.expiresAt },
    accessToken,
  )
  if (connected.outcome === 'superseded') return { event: failed(id, 'cancelled') }
  return ofConnection(id, record, connected.record, ports)
}

async function ofConnection(
  authorizationId: AuthorizationId,
  record: PendingAuthorization,
  connection: ConnectionRecord,
  { connections, clock }: SettleAuthorizationPorts,
): Promise<End> {
  const { account, came, heldUntil = 0 } = connection
  if (connection.status !== 'wrong_account') {
    const data = { authorizationId, ...(account === undefined ? {} : { account }) }
    return { event: { event: 'authorization_completed', data } }
  }
  if (clock() >= heldUntil) return { event: failed(authorizationId, 'wrong_account') }
  const others = await connections.othersOf(connectionOf(record))
  const { provider, displayName, hint } = record
  const data = {
    ...{ authorizationId, provider, displayName },
    accountId: connection.id,
    askedAccount: expectedOf(connection, hint) ?? came ?? '',
    ...(came === undefined ? {} : { account: came }),
    ...(isConnectedAlready(connection, others) && { isConnectedAlready: true as const }),
    generation: connection.generation,
    expiresAt: new Date(heldUntil).toISOString(),
  }
  return { held: { event: 'wrong_account', data }, later: heldUntil }
}

const requestFor = (
  id: AuthorizationId,
  record: PendingAuthorization,
  ports: SettleAuthorizationPorts,
): AccessRequest => ({
  ...connectionOf(record),
  userSession: userSessionRefOf(id),
  scopes: splitScopes(record.scopes),
  parameters: parametersOf(record, ports),
  generation: record.generation ?? 0,
  requestId: record.correlationId,
  after: { authorizationId: id, correlationId: record.correlationId },
})

/** No request is being answered here: the request id is that of the request that created the authorization, or started its turn. */
const about = (authorizationId: AuthorizationId, { owner, provider, scopes, correlationId }: PendingAuthorization) => ({
  requestId: correlationId,
  user: owner,
  userSession: userSessionRefOf(authorizationId),
  authorizationId,
  correlationId,
  provider,
  scopes: splitScopes(scopes),
})

function failedCode(record: PendingAuthorization): AuthorizationFailedCode {
  if (record.status === 'cancelled' || record.status === 'expired') return record.status
  return record.failure === 'denied' ? 'denied' : 'failed'
}

const failed = (authorizationId: AuthorizationId, code: AuthorizationFailedCode): TurnEvent => ({
  event: 'authorization_failed',
  data: { authorizationId, code },
})
